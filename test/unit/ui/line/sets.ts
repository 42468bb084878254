import type { Manifest } from '../../../../src/core/manifest.ts';
import type { BackupSet, CompleteSet } from '../../../../src/core/ports/store.ts';

export const now = new Date('2026-02-08T20:31:00Z');

/** A backup as the store gives it; only what a test is about differs. */
export function completeSet(
  differences: Partial<Manifest> = {},
  id = 'kubegram_backup_20260208_202847',
): CompleteSet {
  const manifest: Manifest = {
    backup_id: id,
    timestamp: '2026-02-08T20:28:47Z',
    database: 'kubegram',
    container: 'kubegram-server-postgres-1',
    tables_backed_up: ['public.companies', 'public.users'],
    total_records: 12345,
    total_size_mb: 2.3,
    checksum: `sha256:${'a'.repeat(64)}`,
    format: 'plain',
    compressed: false,
    encrypted: false,
    size_bytes: 2_300_000,
    reason: 'manual',
    server_version: '17.5',
    duration_ms: 812,
    database_size_bytes: 9_437_184,
    tables: [
      { schema: 'public', name: 'companies', rows: 45 },
      { schema: 'public', name: 'users', rows: 12300 },
    ],
    schema_version: 1,
    sequence: 17,
    pinned: false,
    note: '',
    tool_version: '0.1.0',
    content_digest: `sha256:${'b'.repeat(64)}`,
    system_identifier: '7392',
    schemas: ['public'],
    roles: [],
    extensions: [],
    tablespaces: [],
    database_settings: {
      owner: 'postgres',
      encoding: 'UTF8',
      locale: 'C',
      ctype: 'C',
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
    },
    verification: { level: 'hash', at: '2026-02-08T20:28:47Z' },
    ...differences,
  };
  return { state: 'complete', id, dataFile: `${id}.sql`, manifest };
}

export function strangeSet(because = 'it has no metadata'): BackupSet {
  const id = 'other_backup_20250101_000000';
  return { state: 'unverifiable', id, dataFile: `${id}.sql`, sizeBytes: 10, because };
}

/** What no name may bring to the screen. */
export const hostile = 'evil\u001b[2J\u001b]0;title\u0007\nname';
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const raw = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;
