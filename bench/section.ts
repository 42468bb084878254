import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { alternate, type Contender } from './alternate.ts';
import type { Arguments, Group } from './arguments.ts';
import { measureOperations } from './clear-and-undo.ts';
import { backupContenders } from './contenders/backup.ts';
import { restoreContenders } from './contenders/restore.ts';
import { statusContenders } from './contenders/status.ts';
import type { Result } from './figures/result.ts';
import { factsOf } from './machine.ts';
import { measureMenu } from './menu.ts';
import { measureProgress } from './progress.ts';
import { type Server, startServer } from './server.ts';
import { measureSwaps } from './swaps.ts';
import { toolEnv } from './tool.ts';

interface Bench {
  server: Server;
  /** A folder on the disk of the project, where backups would lie. */
  work: string;
  rounds: number;
}

/** A group of the benchmark: what it adds to the result. */
const measures: Record<Group, (bench: Bench, result: Result) => Promise<void>> = {
  backup: inTurn(backupContenders, 1),
  restore: inTurn(restoreContenders, 1),
  swap: async ({ server, work, rounds }, result) => {
    result.swaps = await measureSwaps(server, work, rounds * 4);
  },
  clear: async ({ server, work, rounds }, result) => {
    result.operations = await measureOperations(server, work, rounds);
  },
  status: inTurn(statusContenders, 4),
  menu: async ({ server, work, rounds }, result) => {
    result.menu = await measureMenu(toolEnv(server.container, join(work, 'plain')), rounds);
  },
  progress: async ({ server, work, rounds }, result) => {
    result.progress = await measureProgress(server, work, rounds);
  },
};

function inTurn(contenders: (server: Server, work: string) => Contender[], times: number) {
  return async ({ server, work, rounds }: Bench, result: Result): Promise<void> => {
    result.contenders.push(...(await alternate(contenders(server, work), rounds * times, server)));
  };
}

/** Measures one size on one server. `keep` is told the result after each group: a later one may fail. */
export async function measureSection(
  megabytes: number,
  args: Arguments,
  keep: (soFar: Result) => void,
): Promise<Result> {
  const work = join(import.meta.dirname, '.work');
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    console.error(`Building a database of ${megabytes} MB on postgres:${args.server} …`);
    await using server = await startServer(args.server, megabytes);
    const result: Result = {
      server: args.server,
      megabytes,
      rounds: args.rounds,
      facts: await factsOf(server),
      contenders: [],
      swaps: null,
      operations: null,
      menu: null,
    };
    for (const group of args.groups) {
      console.error(`${group}, ${megabytes} MB`);
      await measures[group]({ server, work, rounds: args.rounds }, result);
      keep(result);
    }
    return result;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
