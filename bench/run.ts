// Measures this tool beside what one would type by hand, in one run, and writes bench/results.
//   make bench                 600 MB
//   make bench ARGS=100        another size, in megabytes
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { $ } from 'zx';
import { benchSql } from './data.ts';
import { startEagerClients } from './eager-clients.ts';
import { alternate, type Contender, measure, median } from './measure.ts';
import { measureMenu } from './menu.ts';
import { machineFacts, type Row, writeReport } from './report.ts';

$.verbose = false;
const project = join(import.meta.dirname, '..');
const megabytes = Number(process.argv[2] ?? 600);
const rounds = Number(process.argv[3] ?? 5);
const swaps = 20;
const container = `kubegram-bench-${process.pid}`;
const work = join(import.meta.dirname, '.work');
const backups = join(work, 'backups');
const byHand = join(work, 'by-hand.sql');
const env = { DB_CONTAINER: container, BACKUP_DIR: backups, DATABASE_URL: '', NODE_ENV: '' };
const node = process.execPath;
const start = join(project, 'scripts', 'start.js');
const tool = (...args: string[]) => measure(node, [start, ...args, '--quiet'], env);
const confirm = '--confirm=bench';

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
await $`docker run -d --name ${container} --shm-size=256m -e POSTGRES_HOST_AUTH_METHOD=trust -e POSTGRES_DB=bench postgres:17`;
try {
  await $`docker exec ${container} bash -c ${'until pg_isready -q -h 127.0.0.1 -d bench; do sleep 0.2; done'}`;
  console.error(`Building a database of ${megabytes} MB …`);
  await $({
    input: benchSql(megabytes),
  })`docker exec -i ${container} psql -X -q -U postgres -d bench -v ON_ERROR_STOP=1`;
  await $`docker exec ${container} psql -X -q -U postgres -d bench -c ${'VACUUM ANALYZE'}`;
  const size = Number(
    (
      await $`docker exec ${container} psql -X -A -t -U postgres -d bench -c ${"SELECT pg_database_size('bench')"}`
    ).stdout,
  );
  const rows: Row[] = [];

  console.error('Backup');
  const plain = 'backup to plain .sql, all promises kept';
  const hand = 'docker exec pg_dump > file && sha256sum file';
  const dumps = await alternate(
    [contender(plain, () => tool('backup')), contender(hand, dumpByHand)],
    rounds,
  );
  rows.push({ what: plain, samples: dumps.get(plain) ?? [], against: hand, others: dumps.get(hand) ?? [] });
  const dumpSize = statSync(byHand).size;

  console.error('Status');
  const status = 'npm run -s db:status -- --json';
  const least = "docker exec psql -c 'select 1' and node -e 0";
  const npmStatus = () => measure('npm', ['run', '-s', 'db:status', '--', '--json'], env);
  const looks = await alternate([contender(status, npmStatus), contender(least, leastStatus)], 20);
  rows.push({
    what: status,
    samples: looks.get(status) ?? [],
    against: least,
    others: looks.get(least) ?? [],
  });

  console.error('Restore');
  const restores = await alternate([contender('restore', () => tool('restore', 'latest', confirm))], 2);
  rows.push({ what: 'restore of plain SQL, with its safety backup', samples: restores.get('restore') ?? [] });

  console.error(`Swaps under 6 eager clients (${swaps})`);
  const clients = await startEagerClients(container, 'bench', 6);
  clients.slowestGap();
  const blocked: number[] = [];
  const gaps: number[] = [];
  const undos = [];
  const swap = async (...args: string[]) => {
    const { stdout } = await $({
      env: { ...process.env, ...env },
      quiet: true,
    })`${node} ${start} ${args} ${confirm} --json`;
    blocked.push(Number(JSON.parse(stdout).blocked_ms));
    gaps.push(clients.slowestGap());
  };
  await swap('restore', 'latest');
  while (blocked.length < swaps) await swap('undo');
  await clients.stop();
  for (let round = 0; round < 10; round++) undos.push(await tool('undo', confirm));
  rows.push({ what: 'undo, whole process', samples: undos });

  console.error('Menu');
  const menu = await measureMenu(env, rounds);

  writeReport(project, {
    machine: await machineFacts(),
    database: {
      megabytes: Math.round(size / 1e6),
      dumpMegabytes: Math.round(dumpSize / 1e6),
      server: 'postgres:17',
    },
    rows,
    swap: {
      count: swaps,
      medianBlockedMs: median(blocked),
      worstBlockedMs: Math.max(...blocked),
      medianGapMs: median(gaps),
      slowestGapMs: Math.max(...gaps),
    },
    menu,
    sets: readdirSync(backups).filter((name) => name.endsWith('.sql')).length,
  });
} finally {
  await $`docker rm -f -v ${container}`;
  rmSync(work, { recursive: true, force: true });
}

function contender(name: string, run: Contender['run']): Contender {
  return { name, run };
}

function dumpByHand() {
  const line = 'docker exec "$1" pg_dump -U postgres --clean --if-exists bench > "$2" && sha256sum "$2"';
  return measure('bash', ['-c', line, 'bash', container, byHand]);
}

function leastStatus() {
  const line = 'docker exec "$1" psql -X -A -t -U postgres -d bench -c "select 1" && "$2" -e 0';
  return measure('bash', ['-c', line, 'bash', container, node]);
}
