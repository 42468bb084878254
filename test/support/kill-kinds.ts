import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from './cli.ts';
import type { TestContainer } from './container.ts';
import { dockerOrThrow } from './docker.ts';
import { pauseFor } from './kill-pause.ts';
import { sendSignal } from './terminal-processes.ts';
import { waitForServer } from './wait-for-server.ts';

/** What is at work when something is killed. */
export interface Scene {
  readonly tool: Running;
  readonly server: TestContainer;
  /** Whether the tool has ended. */
  over(): boolean;
  random(): number;
}

export interface Kill {
  readonly name: string;
  /** The server loses its memory with it: unlogged tables are empty afterwards. */
  readonly crash: boolean;
  /** It needs a database to be at work. */
  readonly onServer: boolean;
  /** The exit codes of a tool that was hit; 0 where it got through. */
  readonly exitCodes: readonly number[];
  /** @returns Whether there still was something to hit. */
  strike(scene: Scene): Promise<boolean>;
}

/** Refused or cut off: the command says what went away (3), or how its statement failed (1). */
const failed = [0, 1, 3];

export const kills: readonly Kill[] = [
  signal('SIGKILL', 137),
  signal('SIGTERM', 143),
  signal('SIGINT', 130),
  client('SIGKILL'),
  client('SIGTERM'),
  client('SIGINT'),
  {
    name: 'a cancelled statement',
    crash: false,
    onServer: true,
    exitCodes: failed,
    strike: (scene) => atSession(scene, 'psql -qAtX -U postgres -c "SELECT pg_cancel_backend($pid)"'),
  },
  {
    name: 'an ended server session',
    crash: false,
    onServer: true,
    exitCodes: failed,
    strike: (scene) => atSession(scene, 'psql -qAtX -U postgres -c "SELECT pg_terminate_backend($pid)"'),
  },
  {
    name: 'kill -9 of a server process',
    crash: true,
    onServer: true,
    exitCodes: failed,
    strike: (scene) => atSession(scene, 'kill -9 "$pid"'),
  },
  { name: 'docker kill', crash: true, onServer: true, exitCodes: failed, strike: killContainer },
  { name: 'docker restart', crash: false, onServer: true, exitCodes: failed, strike: restartContainer },
  { name: 'docker pause', crash: false, onServer: true, exitCodes: failed, strike: pauseContainer },
];

/** Those that touch one tool and nobody else. */
export const killsOfTool: readonly Kill[] = kills.slice(0, 6);

function signal(name: NodeJS.Signals, exitCode: number): Kill {
  return {
    name: `${name} to the tool`,
    crash: false,
    onServer: false,
    exitCodes: [0, exitCode],
    strike: async ({ tool, over }) => {
      if (over()) return false;
      tool.kill(name);
      return true;
    },
  };
}

/** Docker's client ends with 0 at SIGTERM and SIGINT, and leaves what it started at work (DESIGN, fact 2). */
function client(name: NodeJS.Signals): Kill {
  return {
    name: `${name} to a docker client`,
    crash: false,
    onServer: true,
    exitCodes: failed,
    strike: async ({ tool, over, random }) => {
      const choice = random();
      while (!over()) {
        const clients = await dockerClientsOf(tool.pid);
        const victim = clients[Math.floor(choice * clients.length)];
        if (victim !== undefined) {
          sendSignal(victim, name);
          return true;
        }
        await sleep(5);
      }
      return false;
    },
  };
}

async function dockerClientsOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      return new RegExp(`^\\d+ \\(docker\\) [^Z] ${parent} `).test(stat) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

/** Does something to one of the tool's sessions, from within: one exec is as near to the moment as it gets. */
async function atSession({ server, over, random }: Scene, command: string): Promise<boolean> {
  const choice = `SELECT pid FROM pg_stat_activity WHERE application_name ~ '^kubegram-(control|work)'
    ORDER BY md5(pid || '${random()}') LIMIT 1`;
  const find = `for try in 1 2 3 4 5; do pid=$(psql -qAtX -U postgres -c "$1"); [ -z "$pid" ] || break; done`;
  const script = `${find}; [ -n "$pid" ] || exit 9; ${command}`;
  while (!over()) {
    const { exitCode, stderr } = await server.exec(['sh', '-c', script, 'strike', choice]);
    if (exitCode === 0) return true;
    // One that has just gone, or that had not come yet, is a miss.
    if (exitCode !== 9 && !/No such process/.test(stderr)) throw new Error(stderr);
  }
  return false;
}

async function killContainer({ server, over }: Scene): Promise<boolean> {
  if (over()) return false;
  await dockerOrThrow(['kill', server.name]);
  await dockerOrThrow(['start', server.name]);
  return true;
}

async function restartContainer({ server, over }: Scene): Promise<boolean> {
  if (over()) return false;
  await dockerOrThrow(['restart', '--time=30', server.name]);
  return true;
}

/** Every second pause is longer than the tool waits for. */
async function pauseContainer({ server, over, random }: Scene): Promise<boolean> {
  if (over()) return false;
  await pauseFor(server, random() < 0.5 ? 0.3 : 4);
  return true;
}

/** A server that was struck takes a moment: the next command is to find it answering, on its socket and on its port. */
export async function untilReady(server: TestContainer): Promise<void> {
  const { exitCode, stderr } = await server.exec(['timeout', '60', 'sh', '-c', waitForServer]);
  if (exitCode !== 0) throw new Error(`the server does not come back (${exitCode}): ${stderr}`);
}
