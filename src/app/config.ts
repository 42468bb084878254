import * as v from 'valibot';
import { type BackupFormat, backupFormats, formatNames, formatsInWords } from '../core/backup-format.ts';
import { OperationError } from '../core/errors.ts';
import { mostJobs, usualJobs } from '../core/jobs.ts';

const text = v.optional(v.string());
const yesNo = v.optional(
  v.pipe(
    v.string(),
    v.toLowerCase(),
    v.picklist(['true', 'false', '1', '0', 'yes', 'no'], 'true or false is allowed'),
    v.transform((value) => ['true', '1', 'yes'].includes(value)),
  ),
);

function wholeNumber(least: number, most: number) {
  const allowed = `a whole number from ${least} to ${most} is allowed`;
  return v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,12}$/, allowed),
      v.transform(Number),
      v.minValue(least, allowed),
      v.maxValue(most, allowed),
    ),
  );
}

/** Every variable that this tool reads; `.env.example` says what each is for. */
const variables = {
  DB_TARGET: v.optional(v.picklist(['docker', 'embedded'], 'docker or embedded is allowed')),
  DATABASE_URL: text,
  DB_CONTAINER: v.optional(
    v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'the name of a container is allowed')),
  ),
  DB_NAME: v.optional(v.pipe(v.string(), v.maxBytes(63, 'at most 63 bytes are allowed'))),
  DB_USER: v.optional(v.pipe(v.string(), v.maxBytes(63, 'at most 63 bytes are allowed'))),
  DB_EMBEDDED_DIR: text,
  BACKUP_DIR: text,
  BACKUP_KEEP: wholeNumber(1, 1000),
  BACKUP_FORMAT: v.optional(v.picklist(formatNames, `${formatsInWords} is allowed`)),
  BACKUP_COMPRESSION: yesNo,
  BACKUP_JOBS: wholeNumber(1, mostJobs),
  BACKUP_ENCRYPTION: yesNo,
  BACKUP_MAX_SIZE_MB: wholeNumber(1, 100_000_000),
  BACKUP_TIMEOUT_SECONDS: wholeNumber(1, 2_000_000),
  // Not in effect yet; a value that can never be right is told now.
  BACKUP_RETENTION_DAYS: wholeNumber(1, 36_500),
  BACKUP_ENABLED: yesNo,
  DOCKER_HOST: text,
  NODE_ENV: text,
};

type Variables = { [Name in keyof typeof variables]: v.InferOutput<(typeof variables)[Name]> };

/** The configuration, validated: what is wrong is refused at the start, never guessed at. */
export interface Config {
  target: 'docker' | 'embedded';
  databaseUrl: string | undefined;
  container: string | undefined;
  database: string | undefined;
  user: string | undefined;
  embeddedFolder: string;
  backupFolder: string;
  keep: number;
  format: BackupFormat;
  jobs: number;
  maxBytes: number | undefined;
  timeoutMs: number;
  dockerHost: string | undefined;
  production: boolean;
}

/**
 * Reads the configuration.
 *
 * @param sources From the strongest to the weakest: flags, environment, `.env`. An empty value is none.
 * @throws OperationError `configuration`, naming the variable and what is allowed, never the value of a secret.
 */
export function readConfig(...sources: Readonly<Record<string, string | undefined>>[]): Config {
  const given = Object.fromEntries(
    Object.keys(variables).flatMap((name) => {
      const value = sources
        .map((source) => source[name])
        .find((candidate) => candidate !== undefined && candidate !== '');
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const result = v.safeParse(v.object(variables), given);
  if (!result.success) {
    const [issue] = result.issues;
    throw wrongValue(v.getDotPath(issue) ?? 'the configuration', issue.message);
  }
  const values: Variables = { ...emptyVariables, ...result.output };
  const sourceOf = (name: string): number => sources.findIndex((source) => Boolean(source[name]));
  if (values.BACKUP_ENCRYPTION === true) {
    throw wrongValue(
      'BACKUP_ENCRYPTION',
      'encryption is not built yet, so a backup would lie there in the clear',
    );
  }
  return {
    target: values.DB_TARGET ?? 'docker',
    databaseUrl: values.DATABASE_URL,
    container: values.DB_CONTAINER,
    database: values.DB_NAME,
    user: values.DB_USER,
    embeddedFolder: values.DB_EMBEDDED_DIR ?? '.embedded',
    backupFolder: values.BACKUP_DIR ?? 'backups',
    keep: values.BACKUP_KEEP ?? 2,
    format: formatOf(values, sourceOf),
    jobs: values.BACKUP_JOBS ?? usualJobs,
    maxBytes: values.BACKUP_MAX_SIZE_MB === undefined ? undefined : values.BACKUP_MAX_SIZE_MB * 1_000_000,
    timeoutMs: (values.BACKUP_TIMEOUT_SECONDS ?? 3600) * 1000,
    dockerHost: values.DOCKER_HOST,
    production: values.NODE_ENV === 'production',
  };
}

const emptyVariables = Object.fromEntries(Object.keys(variables).map((name) => [name, undefined])) as {
  [Name in keyof Variables]: undefined;
};

/** BACKUP_COMPRESSION alone means gzip. @param sourceOf How strong the source of a variable is: 0 is the strongest. */
function formatOf(values: Variables, sourceOf: (name: string) => number): BackupFormat {
  const { BACKUP_FORMAT: format, BACKUP_COMPRESSION: compressed = false } = values;
  if (format === undefined) return compressed ? 'gzip' : 'plain';
  const overruled = sourceOf('BACKUP_FORMAT') < sourceOf('BACKUP_COMPRESSION');
  if (!compressed || backupFormats[format].metadata.compressed || overruled) return format;
  throw wrongValue('BACKUP_FORMAT', `${format} is not compressed, and BACKUP_COMPRESSION is true`);
}

function wrongValue(name: string, allowed: string): OperationError {
  return new OperationError('configuration', `${name} is set wrongly: ${allowed}.`, {
    hint: `Correct ${name} in .env or in the environment; .env.example describes it.`,
  });
}
