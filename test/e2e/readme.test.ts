import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const project = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(project, path), 'utf8');
const readme = read('README.md');
const tests = ['commands', 'demo'].map((name) => read(`test/e2e/${name}.test.ts`)).join('\n');
const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);

const makeTargets = [
  ...new Set([...readme.matchAll(/`?make ([a-z]+(?:-[a-z]+)*)/g)].map(([, name]) => name ?? '')),
].filter((name) => !['npm', 'or', 'says', 'and'].includes(name));
const npmScripts = [
  ...new Set([...readme.matchAll(/npm run (?:-s )?([a-z:]+)/g)].map(([, name]) => name ?? '')),
];

describe('the README', () => {
  it('names commands at all', () => {
    expect(makeTargets).toContain('clear-db');
    expect(npmScripts).toContain('db:status');
  });

  it.each(makeTargets)('names the make target %s, which exists', (target) => {
    const plan = execFileSync('make', ['--dry-run', '--always-make', target], {
      cwd: project,
      encoding: 'utf8',
    });
    expect(plan).not.toBe('');
  });

  it.each(npmScripts)('names the npm script %s, which exists', (script) => {
    expect(scripts).toContain(script);
  });

  it.each([...makeTargets.filter((name) => !['test', 'demo'].includes(name)), ...npmScripts])(
    'names %s, which an end-to-end test runs',
    (name) => {
      expect(tests).toContain(name);
    },
  );
});
