import type { BackupFacts } from '../core/backup-facts.ts';
import { backupFormats } from '../core/backup-format.ts';
import { tableIdentifier } from '../core/identifiers.ts';
import { type BackupReason, type Manifest, schemaVersion } from '../core/manifest.ts';
import type { DatabaseFacts, ServerFacts, TableRows } from '../core/ports/database-facts.ts';
import type { PendingFile } from '../core/ports/store.ts';
import type { Policy } from './run.ts';

/** What is known of a backup once its dump is written. */
export interface WrittenBackup {
  pending: Pick<PendingFile, 'id' | 'createdAt' | 'sequence'>;
  container: string | null;
  server: ServerFacts;
  live: DatabaseFacts;
  facts: BackupFacts;
  sizeBytes: number;
  checksum: string;
  durationMs: number;
  reason: BackupReason;
  note: string;
}

/** The metadata of a backup (SPEC 3). */
export function describeBackup(
  backup: WrittenBackup,
  policy: Pick<Policy, 'format' | 'toolVersion'>,
): Manifest {
  const { pending, server, live, facts } = backup;
  const timestamp = `${pending.createdAt.toISOString().slice(0, 19)}Z`;
  return {
    backup_id: pending.id,
    timestamp,
    database: live.name,
    container: backup.container,
    tables_backed_up: facts.tables.map(tableIdentifier),
    total_records: facts.rows,
    total_size_mb: Math.round(backup.sizeBytes / 10_000) / 100,
    checksum: backup.checksum,
    ...backupFormats[policy.format].metadata,
    encrypted: false,
    size_bytes: backup.sizeBytes,
    reason: backup.reason,
    server_version: server.version,
    duration_ms: Math.round(backup.durationMs),
    database_size_bytes: live.sizeBytes,
    tables: [...facts.tables],
    schema_version: schemaVersion,
    sequence: pending.sequence,
    pinned: false,
    note: backup.note,
    tool_version: policy.toolVersion,
    content_digest: facts.contentDigest,
    system_identifier: server.systemIdentifier,
    schemas: live.schemas,
    roles: live.roles,
    extensions: live.extensions,
    tablespaces: live.tablespaces,
    database_settings: live.settings,
    verification: { level: 'hash', at: timestamp },
  };
}

/** What a person should know of a backup beside that it is there. */
export function backupWarnings(facts: BackupFacts, undumped: readonly TableRows[]): string[] {
  const rows = undumped.map(
    (table) =>
      `${tableIdentifier(table)} belongs to an extension that does not mark it for dumps: its ${table.rows} row(s) are in no backup.`,
  );
  if (facts.forbidden === null) return rows;
  const { place, what } = facts.forbidden;
  const first = place.replace(/^./, (letter) => letter.toUpperCase());
  return [...rows, `${first} holds ${what}: a restore of this backup will be refused.`];
}
