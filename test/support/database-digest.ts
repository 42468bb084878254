import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContainer } from './container.ts';
import { dockerOrThrow } from './docker.ts';
import { sortSchema } from './sort-schema.ts';

type Section = Record<string, unknown>;

/** All that a restore must bring back. Two databases are the same when these are equal. */
export interface DatabaseDigest {
  readonly database: Section;
  /** Rows and content of every table and partition, without those of its children. */
  readonly tables: Section;
  readonly materializedViews: Section;
  readonly sequences: Section;
  readonly largeObjects: Section;
  readonly extensions: Section;
  readonly triggers: Section;
  readonly eventTriggers: Section;
  readonly constraints: Section;
  readonly indexes: Section;
  readonly comments: Section;
  /** `pg_dump -s`, its parts in a fixed order: the text is for the reader of a failed test. */
  readonly schema: string;
  readonly schemaDigest: string;
}

/** Reads only. The database may be in use, but must not change meanwhile. */
export async function databaseDigest(container: TestContainer, database: string): Promise<DatabaseDigest> {
  const [lines, dump] = await Promise.all([
    readFile(join(import.meta.dirname, 'database-digest.sql'), 'utf8').then((sql) =>
      container.sql(sql, { database }),
    ),
    schemaDump(container, database),
  ]);
  const schema = sortSchema(dump);
  return {
    ...collect(lines),
    schema,
    schemaDigest: createHash('sha256').update(schema).digest('hex'),
  };
}

/** The database's own settings would show in the text (a time zone in a partition's bounds): these win over them. */
function schemaDump(container: TestContainer, database: string): Promise<string> {
  const settings = {
    PGDATABASE: database,
    PGUSER: container.user,
    PGOPTIONS: '-c TimeZone=UTC -c bytea_output=hex -c extra_float_digits=1 -c lc_monetary=C',
  };
  const env = Object.entries(settings).map(([key, value]) => `--env=${key}=${value}`);
  return dockerOrThrow(['exec', ...env, container.name, 'pg_dump', '--schema-only', '--encoding=UTF8']);
}

type Sections = Omit<DatabaseDigest, 'schema' | 'schemaDigest'>;

function collect(lines: string): Sections {
  const sections: Record<keyof Sections, Section> = {
    database: {},
    tables: {},
    materializedViews: {},
    sequences: {},
    largeObjects: {},
    extensions: {},
    triggers: {},
    eventTriggers: {},
    constraints: {},
    indexes: {},
    comments: {},
  };
  for (const line of lines.split('\n')) {
    const [section, key, value] = JSON.parse(line) as [keyof Sections, string, unknown];
    // Two objects under one name would hide each other: the query is wrong then, not the database.
    if (Object.hasOwn(sections[section], key)) throw new Error(`${section} has two of ${key}`);
    sections[section][key] = value;
  }
  return sections;
}
