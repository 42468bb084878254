import { backupFormats, formatOf } from '../core/backup-format.ts';
import { OperationError } from '../core/errors.ts';
import { tableIdentifier } from '../core/identifiers.ts';
import { type DatabaseSettings, schemaVersion } from '../core/manifest.ts';
import type { CompleteSet, UnverifiableSet } from '../core/ports/store.ts';
import { damaged, examine } from './read-backup.ts';
import type { Ports, Run } from './run.ts';

/** What a new database has where nothing is known of the one that was dumped. */
const plainSettings: DatabaseSettings = {
  owner: null,
  encoding: 'UTF8',
  locale: 'C.UTF-8',
  ctype: 'C.UTF-8',
  locale_provider: 'libc',
  provider_locale: null,
  icu_rules: null,
  tablespace: 'pg_default',
  acl: null,
  settings: [],
  role_settings: [],
  comment: null,
  connection_limit: -1,
  allow_connections: true,
  is_template: false,
};

/**
 * Makes up the metadata of a set that has none, from the file itself: what it says of its own rows is all
 * that its restore can be held to. It must still be a whole dump, and hold nothing that a dump may not.
 */
export async function unverifiedSet(
  { store, target }: Ports,
  set: UnverifiableSet,
  run: Run,
): Promise<CompleteSet> {
  const { id, dataFile } = set;
  const format = dataFile === null ? undefined : formatOf(dataFile);
  if (dataFile === null || format === undefined) {
    throw damaged(
      id,
      dataFile === null ? 'its data file is missing' : `${dataFile} is in no form of a backup`,
    );
  }
  const { checksum, facts } = await examine(store, { id, dataFile }, run, set.sizeBytes);
  if (!facts.complete) throw damaged(id, `it is incomplete: ${facts.incompleteBecause}`);
  if (facts.rows === 0 && facts.tables.length === 0) {
    throw new OperationError('backup-unverified', `${id} holds no tables.`, {
      hint: 'Use another one: npm run backup:list',
    });
  }
  return {
    state: 'complete',
    id,
    dataFile,
    manifest: {
      backup_id: id,
      timestamp: `${new Date(0).toISOString().slice(0, 19)}Z`,
      database: target.database,
      container: null,
      tables_backed_up: facts.tables.map(tableIdentifier),
      total_records: facts.rows,
      total_size_mb: 0,
      checksum,
      ...backupFormats[format].metadata,
      encrypted: false,
      size_bytes: set.sizeBytes,
      reason: 'manual',
      server_version: '',
      duration_ms: 0,
      database_size_bytes: set.sizeBytes,
      tables: [...facts.tables],
      schema_version: schemaVersion,
      sequence: 0,
      pinned: false,
      note: '',
      tool_version: '',
      content_digest: facts.contentDigest,
      system_identifier: '',
      schemas: ['public'],
      roles: [],
      extensions: [],
      tablespaces: [],
      database_settings: plainSettings,
      verification: { level: 'written', at: `${new Date(0).toISOString().slice(0, 19)}Z` },
    },
  };
}
