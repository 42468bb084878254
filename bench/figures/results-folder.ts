import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from './result.ts';
import { sectionReport } from './section-report.ts';

const committed = join(import.meta.dirname, '..', 'results');
const unkept = join(import.meta.dirname, '..', '.partial');

/** Writes a result for programs and for people, and gives the folder: a partial one never replaces a whole one. */
export function writeResult(result: Result, whole: boolean): string {
  const folder = whole ? committed : unkept;
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `postgres${result.server}-${result.megabytes}mb`);
  writeFileSync(`${path}.json`, `${JSON.stringify(result, null, 1)}\n`);
  writeFileSync(`${path}.md`, sectionReport(result));
  return folder;
}

export function readResults(): Result[] {
  return readdirSync(committed)
    .filter((name) => /^postgres\d+-\d+mb\.json$/.test(name))
    .map((name) => JSON.parse(readFileSync(join(committed, name), 'utf8')) as Result);
}
