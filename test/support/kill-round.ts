import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Ended, ProjectCopy } from './cli.ts';
import type { TestContainer } from './container.ts';
import { expectAtRest, expectPlainEnd, isUnfinished, lookAtRest, withinLimit } from './kill-checks.ts';
import { type Contents, markerIn, markerPutAside } from './kill-contents.ts';
import { CACHED_ROWS, type Content, EMPTIED, type Look, refill } from './kill-database.ts';
import { type LyingSet, lostSets, setsIn, strayIn } from './kill-folder.ts';
import { untilReady } from './kill-kinds.ts';
import { type Operation, operations, type Planned } from './kill-plan.ts';
import { numbersFor } from './seed.ts';

/** One clone at work on one server, and what is known of both. */
export interface Ground {
  readonly project: ProjectCopy;
  readonly server: TestContainer;
  /** Also what a clear leaves, once there was one. */
  readonly contents: Contents;
  rounds: number;
}

interface Before {
  content: Content;
  sets: Map<string, LyingSet>;
  argv: string[];
  env: Record<string, string>;
  keep: number | undefined;
  /** What the live database holds where the operation gets through. */
  becomes: string;
}

export interface Round {
  struck: boolean;
  exitCode: number;
  milliseconds: number;
  /** What the next command said that it put in order. */
  repairs: string[];
  /** Whether the operation's change is there. */
  changed: boolean;
  /** Whether the server was still making a database for the dead when the next command looked. */
  late: boolean;
}

const rotating: readonly Operation[] = ['backup', 'restore', 'clear', 'cleanup'];

/** Marks the live database, fills it where it is empty, and chooses what the operation works on. */
async function prepare(ground: Ground, operation: Operation, chance: number): Promise<Before> {
  const { project, server, contents } = ground;
  ground.rounds += 1;
  const marker = `round-${ground.rounds}`;
  const content = await refill(server, marker);
  contents.set(marker, content.text);
  const sets = await setsIn(project.backups);
  const ids = [...sets.keys()].sort();
  const set = ids[Math.floor(chance * ids.length)] ?? 'latest';
  const becomes: Partial<Record<Operation, () => Promise<string | undefined>>> = {
    restore: () => markerIn(project.backups, set),
    clear: async () => EMPTIED,
    undo: () => markerPutAside(server),
  };
  const brought = await becomes[operation]?.();
  const keep = operation === 'cleanup' ? 1 : 3;
  return {
    content,
    sets,
    argv: [process.execPath, 'scripts/start.js', ...operations[operation](set)],
    env: { BACKUP_KEEP: String(keep), KUBEGRAM_TEST_MARK: `${process.pid}-${ground.rounds}` },
    keep: rotating.includes(operation) ? keep : undefined,
    becomes: operation in becomes ? (contents.get(brought ?? '') ?? EMPTIED) : content.text,
  };
}

/** One operation with a kill in it, and the command after it: all that must hold after each. */
export async function killOnce(ground: Ground, planned: Planned, usualMs: number): Promise<Round> {
  const { project, server } = ground;
  const { kill, operation } = planned;
  // Numbers of its own: how often the rounds before had to look for something to strike says nothing.
  const random = numbersFor(planned.nth);
  const before = await prepare(ground, operation, random());
  const started = performance.now();
  const tool = project.start(before.argv, before.env);
  let over = false;
  const ended = tool.ended.finally(() => {
    over = true;
  });
  await Promise.race([ended, sleep(planned.moment * usualMs)]);
  const struck = await kill.strike({ tool, server, random, over: () => over });
  const end = await withinLimit(tool);
  const milliseconds = performance.now() - started;
  if (kill.onServer) await untilReady(server);

  const about = `${JSON.stringify(planned)}, exit code ${end.exitCode} after ${Math.round(milliseconds)} ms\n${end.stdout}${end.stderr}`;
  expectPlainEnd(end, struck ? kill.exitCodes : [0], about);
  const killed = await setsIn(project.backups);
  expect(lostSets(before.sets, killed, before.keep), about).toEqual([]);

  const next = await runNext(project, planned.next, about);
  let after = await lookAtRest(server);
  const late = planned.next !== undefined && isUnfinished(after);
  if (late) {
    const { repairs } = await runNext(project, 'status', about);
    expect(repairs, about).toEqual([expect.stringMatching(/^The unfinished database \S+ was removed\.$/)]);
    after = await lookAtRest(server);
  }
  await expectOrder(after, planned, before, end, `${about}\nthen ${next.said}`);
  const sets = await setsIn(project.backups);
  expect(lostSets(killed, sets, planned.next === 'backup' ? 3 : undefined), next.said).toEqual([]);
  expect(await strayIn(project.backups, sets), about).toEqual([]);

  const changed = after.text !== before.content.text;
  return { struck, exitCode: end.exitCode, milliseconds, repairs: next.repairs, changed, late };
}

/** The next ordinary command: it works, whatever was killed before it. */
async function runNext(project: ProjectCopy, command: Planned['next'], about: string) {
  if (command === undefined) return { said: '', repairs: [] };
  const { exitCode, stdout, stderr } = await project.tool([command, '--json'], { BACKUP_KEEP: '3' });
  expect(exitCode, `${command} after ${about}\n${stdout}${stderr}`).toBe(0);
  return { said: stdout, repairs: (JSON.parse(stdout) as { repairs: string[] }).repairs };
}

/** Exactly one live, reachable database with the old or the new content, and nothing left of the dead. */
async function expectOrder(
  after: Look,
  planned: Planned,
  before: Before,
  end: Ended,
  about: string,
): Promise<void> {
  await expectAtRest(after, [before.env['KUBEGRAM_TEST_MARK'] ?? ''], about);
  const old = before.content.text;
  // What a clear leaves is known from the first one; it begins with the word for nothing.
  const wanted = before.becomes === EMPTIED ? expect.stringMatching(`^${EMPTIED} `) : before.becomes;
  if (after.text !== old) expect(after.text, about).toEqual(wanted);
  else if (end.exitCode === 0) expect(after.text, about).toEqual(wanted);
  const promised = /Nothing was changed|live database (is as it was|was not touched)/;
  if (promised.test(end.stderr)) expect(after.text, about).toBe(old);
  // Only a crash empties unlogged tables; what is swapped in may have been through one earlier.
  const mayBeEmpty = planned.kill.crash || after.text !== old;
  expect(mayBeEmpty ? [0, CACHED_ROWS] : [CACHED_ROWS], about).toContain(after.cached);
}
