import type { TestContainer } from './container.ts';
import { toolsAtWork } from './server-traces.ts';

/** What of a database has to survive whatever is killed; two of the same text have the same content. */
export interface Content {
  /** Every row, sequence and definition of what is logged, as a word that begins with the marker. */
  readonly text: string;
  /** Rows of the unlogged table, which the server empties when it crashes. */
  readonly cached: number;
}

/** Everything on the server that a command may have left, and the content of the live database. */
export interface Look extends Content {
  /** Databases but for the server's own, each with whether it lets anybody in. */
  readonly databases: readonly string[];
  /** Sessions and client tools of ours. */
  readonly atWork: readonly string[];
}

export const CACHED_ROWS = 20;
export const EMPTIED = 'nothing';

export const killedTables = `
CREATE TABLE origin (value text);
CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE orders (id bigserial PRIMARY KEY, customer bigint NOT NULL REFERENCES customers, body text NOT NULL);
CREATE INDEX orders_customer ON orders (customer, id DESC);
CREATE VIEW busy AS SELECT customer, count(*) AS orders FROM orders GROUP BY customer;
CREATE UNLOGGED TABLE cache (id int PRIMARY KEY);
`;

const content = `
SELECT json_build_object(
  'text', coalesce((SELECT string_agg(value, ',') FROM origin), '${EMPTIED}') || ' ' || md5(concat_ws('|',
    (SELECT md5(string_agg(c::text, ',' ORDER BY id)) FROM customers c),
    (SELECT md5(string_agg(o::text, ',' ORDER BY id)) FROM orders o),
    (SELECT string_agg(sequencename || coalesce(last_value, 0), ',' ORDER BY sequencename) FROM pg_sequences),
    (SELECT string_agg(indexdef, ',' ORDER BY indexdef) FROM pg_indexes WHERE schemaname = 'public'),
    (SELECT string_agg(conname || pg_get_constraintdef(oid), ',' ORDER BY conname) FROM pg_constraint
      WHERE connamespace = 'public'::regnamespace),
    pg_get_viewdef('busy'))),
  'cached', (SELECT count(*) FROM cache));`;

/**
 * Gives an emptied database rows again, and marks it, so that no two moments have the same content. The
 * sequences are set, not drawn from: after a crash one that was drawn from is up to 32 ahead.
 */
export async function refill(server: TestContainer, marker: string): Promise<Content> {
  const text = await server.sql(`
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM customers) THEN
    INSERT INTO customers (id, name) OVERRIDING SYSTEM VALUE SELECT n, 'customer ' || n FROM generate_series(1, 200) n;
    INSERT INTO orders (id, customer, body) SELECT n, 1 + n % 200, repeat(md5(n::text), 8) FROM generate_series(1, 2000) n;
    PERFORM setval('customers_id_seq', 200), setval('orders_id_seq', 2000);
  END IF;
END $$;
INSERT INTO cache SELECT generate_series(1, ${CACHED_ROWS}) ON CONFLICT DO NOTHING;
DELETE FROM origin;
INSERT INTO origin VALUES ('${marker}');
${content}`);
  return JSON.parse(text) as Content;
}

const besides = `
SELECT json_build_object(
  'databases', (SELECT json_agg(regexp_replace(datname, '[0-9a-f]{12}$', '…')
      || CASE WHEN datallowconn THEN ' open' ELSE ' closed' END ORDER BY datname)
    FROM pg_database WHERE datname !~ '^(postgres|template[01])$'),
  'atWork', (SELECT coalesce(json_agg(application_name), '[]') FROM pg_stat_activity WHERE application_name ~ '^kubegram-'));`;

/** By one exec, since each costs as much as all queries. Fails where the live database lets nobody in. */
export async function lookAt(server: TestContainer): Promise<Look> {
  const script = `psql -qAtX -U postgres -d postgres -v ON_ERROR_STOP=1 -f - && ${toolsAtWork}`;
  const input = `${besides}\n\\c ${server.database}\n${content}\n`;
  const { stdout, stderr } = await server.exec(['sh', '-c', script], { input });
  const [beside = '', live, ...tools] = stdout.trim().split('\n');
  if (live === undefined) throw new Error(`the live database cannot be reached: ${stderr}`);
  const look = { ...JSON.parse(beside), ...JSON.parse(live) } as Look;
  return { ...look, atWork: [...look.atWork, ...tools] };
}

/** Drops what many swaps have put aside, but for the newest of it: so does a person whose disk fills up. */
export async function dropOldUndoPoints(server: TestContainer): Promise<void> {
  await server.sql(
    `SELECT format('DROP DATABASE %I', datname) FROM pg_database WHERE datname ~ '__kubegram_undo_'
     ORDER BY (substr(shobj_description(oid, 'pg_database'), 27)::jsonb ->> 'sequence')::int DESC OFFSET 2 \\gexec`,
    { database: 'postgres' },
  );
}
