import type { DatabaseFacts } from '../../core/ports/database-facts.ts';
import type { Client } from './client.ts';

/** From where to where a schema is copied, and by whom. */
export interface SchemaCopy {
  client: Client;
  server: { version: string; superuser: boolean };
  live: DatabaseFacts;
  shadow: string;
  signal: AbortSignal;
}
