import type { TableName } from '../../core/ports/database-facts.ts';
import { runProcess } from '../../process/process.ts';
import type { Client } from './client.ts';
import { readJson, runSql } from './read.ts';
import { qualified } from './rows-query.ts';
import { toolError } from './server-error.ts';

interface Sampled extends TableName {
  /** How much of it is read, in pages. */
  pages: number;
}

/** ANALYZE reads 300 rows for each of 100 values (default_statistics_target), at worst each on a page of its own. */
const mostPages = 30_000;
/** So many pages are worth a session of their own, which takes as long to start as they to be read. */
const worthSession = 4000;

/** Of those with partitions nothing: to analyze the parent by name would read each of its partitions once more. */
const sampledQuery = `
  SELECT CASE WHEN EXISTS (SELECT FROM pg_class WHERE relkind = 'p') THEN '[]' ELSE (
    SELECT coalesce(jsonb_agg(jsonb_build_object('schema', nspname, 'name', relname,
      'pages', least(pg_relation_size(c.oid) / current_setting('block_size')::int, ${mostPages}))), '[]')
    FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'm') AND NOT relisshared AND relpersistence <> 't') END`;

/**
 * Gathers the statistics of a database, in several sessions where it has tables enough: a session has one processor busy
 * (three tables of 600 MB: 1.0 s in two, 2.0 s in one).
 */
export async function analyzeDatabase(client: Client, database: string, jobs: number): Promise<void> {
  const tables = jobs > 1 ? await readJson<Sampled[]>(client, database, sampledQuery) : [];
  const [first, ...others] = sharedOut(tables, jobs);
  const doing = 'Gathering statistics';
  if (first === undefined || others.length === 0) {
    await runSql(client, database, 'ANALYZE', '', doing);
    return;
  }
  const beside = async (some: readonly Sampled[]): Promise<void> => {
    const psql = client.psql(database, ['--file', '-']);
    const signal = client.signal === undefined ? {} : { signal: client.signal };
    const ended = await runProcess(client.launcher.start, psql, { input: analyze(some), ...signal });
    if (ended.exitCode !== 0) throw await toolError(client.launcher, ended, doing);
  };
  await Promise.all([runSql(client, database, analyze(first), '', doing), ...others.map(beside)]);
}

function analyze(tables: readonly Sampled[]): string {
  return tables.map((table) => `ANALYZE ${qualified(table)};`).join('\n');
}

/** As evenly as it goes; fewer shares, where one of them would not be worth it. */
export function sharedOut<T extends { pages: number }>(all: readonly T[], shares: number): T[][] {
  const lanes = Array.from({ length: shares }, () => ({ pages: 0, some: [] as T[] }));
  for (const one of all.toSorted((a, b) => b.pages - a.pages)) {
    const least = lanes.reduce((found, lane) => (lane.pages < found.pages ? lane : found));
    least.some.push(one);
    least.pages += one.pages;
  }
  if (shares > 1 && lanes.some(({ pages }) => pages < worthSession)) return sharedOut(all, shares - 1);
  return lanes.map(({ some }) => some);
}
