import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { isBackupId } from './backup-id.ts';

/** The newest form of the metadata that this version writes and the only one that it reads. */
export const schemaVersion = 1;

export const backupReasons = ['manual', 'before-clear', 'before-restore', 'scheduled'] as const;
export type BackupReason = (typeof backupReasons)[number];

/** How far a backup is proven, weakest first. */
export const proofLevels = ['written', 'hash', 'restored', 'contents'] as const;
export type ProofLevel = (typeof proofLevels)[number];

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const instant = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, 'a UTC time was expected'),
  v.check((text) => !Number.isNaN(Date.parse(text)), 'a UTC time was expected'),
);
const digest = v.pipe(
  v.string(),
  v.regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hex digits were expected'),
);

export const databaseSettingsSchema = v.object({
  /** Null where it is left to the role that restores. */
  owner: v.nullable(v.string()),
  encoding: v.string(),
  locale: v.string(),
  ctype: v.string(),
  locale_provider: v.string(),
  provider_locale: v.nullable(v.string()),
  icu_rules: v.nullable(v.string()),
  tablespace: v.string(),
  acl: v.nullable(v.string()),
  settings: v.array(v.string()),
  role_settings: v.array(v.object({ role: v.string(), setting: v.string() })),
  comment: v.nullable(v.string()),
  connection_limit: v.number(),
  allow_connections: v.boolean(),
  is_template: v.boolean(),
});

/** What belongs to a database as a whole and stands in no plain dump (FAULTS F52). */
export type DatabaseSettings = v.InferOutput<typeof databaseSettingsSchema>;

export const manifestSchema = v.object({
  backup_id: v.pipe(v.string(), v.check(isBackupId, 'it is not the id of a backup')),
  timestamp: instant,
  database: v.pipe(v.string(), v.minLength(1)),
  container: v.nullable(v.string()),
  tables_backed_up: v.array(v.string()),
  total_records: count,
  total_size_mb: v.pipe(v.number(), v.minValue(0)),
  checksum: digest,
  format: v.picklist(['plain', 'custom', 'directory']),
  compressed: v.boolean(),
  encrypted: v.literal(false),
  size_bytes: count,
  reason: v.picklist(backupReasons),
  server_version: v.string(),
  duration_ms: count,
  database_size_bytes: count,
  tables: v.array(v.object({ schema: v.string(), name: v.string(), rows: count })),
  schema_version: v.literal(schemaVersion),
  sequence: count,
  pinned: v.boolean(),
  note: v.string(),
  tool_version: v.string(),
  content_digest: digest,
  system_identifier: v.string(),
  schemas: v.array(v.string()),
  roles: v.array(v.string()),
  extensions: v.array(v.object({ name: v.string(), version: v.string() })),
  tablespaces: v.array(v.string()),
  database_settings: databaseSettingsSchema,
  verification: v.object({ level: v.picklist(proofLevels), at: instant }),
});

/** The metadata of one backup set (SPEC 3): published last, it is the commit mark of the set. */
export type Manifest = v.InferOutput<typeof manifestSchema>;

export type ManifestReading = { manifest: Manifest } | { unreadable: string };

/** Reads metadata strictly: whatever is not exactly ours is told apart, in words, and never guessed at. */
export function readManifest(text: string, expectedId: string): ManifestReading {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { unreadable: 'its metadata is cut off or is not JSON' };
  }
  const version = versionOf(json);
  if (version !== undefined && version !== schemaVersion) {
    const found = cut(JSON.stringify(version));
    return { unreadable: `its metadata is of version ${found}; this tool reads version ${schemaVersion}` };
  }
  const result = v.safeParse(manifestSchema, json, { abortEarly: true });
  if (!result.success) {
    const issue = result.issues[0];
    const path = v.getDotPath(issue);
    return { unreadable: `its metadata is not of this tool (${path ?? 'the whole'}: ${cut(issue.message)})` };
  }
  if (result.output.backup_id !== expectedId) {
    return {
      unreadable: `its metadata is of another backup, ${cut(JSON.stringify(result.output.backup_id))}`,
    };
  }
  if (isSealBroken(json, result.output)) {
    return { unreadable: 'its metadata is not as it was written (metadata_digest)' };
  }
  return { manifest: result.output };
}

/** With the digest of its own meaning as the last key: what a disk or a hand changes in it later is seen. */
export function writeManifest(manifest: Manifest): string {
  return `${JSON.stringify({ ...manifest, metadata_digest: sealOf(manifest) }, null, 2)}\n`;
}

/** The text of the set's list of tables. */
export function listOfTables({ tables_backed_up }: Pick<Manifest, 'tables_backed_up'>): string {
  return tables_backed_up.map((table) => `${table}\n`).join('');
}

/** Of the known keys in a fixed order: others may be added, and a file may be laid out anew, without harm. */
function sealOf(manifest: Manifest): string {
  const sorted = (_key: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort())
      : value;
  return `sha256:${createHash('sha256').update(JSON.stringify(manifest, sorted)).digest('hex')}`;
}

/** Metadata of before the digest has none. The right digest under a wrong key is one whose key was damaged. */
function isSealBroken(json: unknown, manifest: Manifest): boolean {
  const seal = sealOf(manifest);
  const found = new Map<string, unknown>(Object.entries(json as object));
  if (found.has('metadata_digest')) return found.get('metadata_digest') !== seal;
  return [...found.values()].includes(seal);
}

/** A text out of a file that may hold anything goes into a sentence only so far. */
function cut(text: string): string {
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}

function versionOf(json: unknown): unknown {
  return typeof json === 'object' && json !== null && 'schema_version' in json
    ? json.schema_version
    : undefined;
}
