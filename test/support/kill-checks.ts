import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { expect } from 'vitest';
import type { Ended, Running } from './cli.ts';
import type { TestContainer } from './container.ts';
import { type Look, lookAt } from './kill-database.ts';
import { markedProcesses } from './terminal-processes.ts';

/** What a command must be over in, whatever was killed; only against waiting for ever. */
const hangsAfterMs = 90_000;

/** How a command ended; fails where it waits for ever. */
export async function withinLimit(tool: Running): Promise<Ended> {
  const limit = new AbortController();
  const hangs = sleep(hangsAfterMs, 'hangs' as const, { signal: limit.signal }).catch(() => 'hangs' as const);
  const first = await Promise.race([tool.ended, hangs]);
  limit.abort();
  if (first !== 'hangs') return first;
  tool.kill('SIGKILL');
  await tool.ended;
  throw new Error(`It hangs:\n${tool.output()}`);
}

/** However it ends, it is one of the documented ends, said in a sentence. */
export function expectPlainEnd(end: Ended, exitCodes: readonly number[], about: string): void {
  const output = stripVTControlCharacters(`${end.stdout}${end.stderr}`);
  expect(exitCodes, about).toContain(end.exitCode);
  expect(output, about).not.toMatch(/\n +at |node:internal|unsettled|Something went wrong that should not/);
  if ([1, 3].includes(end.exitCode)) expect(end.stderr.trim(), about).not.toBe('');
}

/** What is there once nothing is at work on the server any more. */
export function lookAtRest(server: TestContainer): Promise<Look> {
  return untilNone(
    () => lookAt(server),
    ({ atWork }) => atWork,
  );
}

/**
 * Whether there is a database that nobody has finished. The server goes on with what it was asked last, so one may
 * come after the look of the next command.
 */
export const isUnfinished = ({ databases }: Look): boolean =>
  databases.some((line) => /__kubegram_(shadow|scratch)_/.test(line));

/** One live, reachable database, what was put aside closed, and nothing at work: on the server or on this machine. */
export async function expectAtRest(look: Look, marks: readonly string[], about: string): Promise<void> {
  const others = look.databases.filter((line) => !/^kubegram__kubegram_undo_… closed$/.test(line));
  expect(others, about).toEqual(['kubegram open']);
  expect(look.atWork, about).toEqual([]);
  for (const mark of marks) {
    const variable = `KUBEGRAM_TEST_MARK=${mark}`;
    expect(
      await untilNone(
        () => markedProcesses(variable),
        (left) => left,
      ),
      about,
    ).toEqual([]);
  }
}

/** What is told to end takes a moment. */
async function untilNone<T>(look: () => Promise<T>, of: (seen: T) => readonly unknown[]): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    const seen = await look();
    if (of(seen).length === 0 || attempt === 50) return seen;
    await sleep(100);
  }
}
