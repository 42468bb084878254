import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { archiveAs, type BackupFormat, formatNames } from '../../src/core/backup-format.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { KNOWN_LOSSES, loadAwkward } from '../support/awkward/load.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { type DatabaseDigest, databaseDigest } from '../support/database-digest.ts';
import { type DockerPorts, dockerPorts, policy, quietRun } from '../support/docker-ports.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { someOf } from '../support/soak.ts';

const readme = join(import.meta.dirname, '../../backups/README.md');

/** The commands as the README gives them, in its order; the first only sets the variables. */
async function commands(): Promise<string[]> {
  const text = await readFile(readme, 'utf8');
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block ?? '');
}

/** What the README says that it does not do, and what no dump carries. */
function byHand({ database: _, tables, ...digest }: DatabaseDigest) {
  const { [KNOWN_LOSSES.unmarkedTable]: __, ...kept } = tables as Record<string, unknown>;
  return { ...digest, tables: kept };
}

for (const major of someOf([15, 17] as const, 1)) {
  describeWithDocker(`a restore by hand, as backups/README.md says, postgres:${major}`, () => {
    let postgres: TestContainer;
    let before: DatabaseDigest;

    async function backUp(ports: DockerPorts, format: BackupFormat) {
      const { set } = await createBackup(
        ports,
        { ...policy, format },
        { note: '', reason: 'manual' },
        quietRun(),
      );
      return { set, file: join(ports.folder, set.dataFile) };
    }

    /** One shell for all of them, as a person has it. */
    function shell(file: string, blocks: readonly string[]) {
      const own = `CONTAINER=${postgres.name} DB_USER=${postgres.user} DATABASE=awkward BACKUP='${file}'`;
      return execa('bash', ['-e', '-c', [own, ...blocks].join('\n')], { all: true });
    }

    beforeAll(async () => {
      postgres = await startPostgres({ major });
    });
    beforeEach(async () => {
      for (const name of ['awkward', 'awkward_restored', 'awkward_before']) {
        await postgres.sql(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`, { database: 'postgres' });
      }
      await postgres.createDatabase('awkward');
      await loadAwkward(postgres, 'awkward');
      before = await databaseDigest(postgres, 'awkward');
    });
    afterAll(() => postgres?.[Symbol.asyncDispose]());

    test.each(someOf(formatNames, 2))('brings all of it back (format: %s)', async (format) => {
      await using ports = await dockerPorts(postgres, 'awkward');
      const { set, file } = await backUp(ports, format);
      const [, checksum, unpack, create, loadSql, loadArchive, rename, ...more] = await commands();
      const load = archiveAs(format) === null ? loadSql : loadArchive;
      expect(more).toEqual([]);
      const first = await shell(file, [checksum ?? '', unpack ?? '', create ?? '']);
      expect(`sha256:${first.stdout.slice(0, 64)}`).toBe(set.manifest.checksum);
      expect(
        createHash('sha256')
          .update(await readFile(file))
          .digest('hex'),
      ).toBe(first.stdout.slice(0, 64));

      const { name, version } = KNOWN_LOSSES.extension;
      await postgres.sql(`CREATE EXTENSION ${name} SCHEMA public VERSION '${version}'`, {
        database: 'awkward_restored',
      });
      const loaded = await shell(file.replace(/\.(gz|zst)$/, ''), [load ?? '', rename ?? '']);
      expect(loaded.all).not.toContain('ERROR');
      expect(byHand(await databaseDigest(postgres, 'awkward'))).toEqual(byHand(before));
      const names = await postgres.sql(
        `SELECT datallowconn FROM pg_database WHERE datname = 'awkward_before'`,
      );
      expect(names).toBe('f');
    });

    test('the plain way over the live database is what it is said to be', async () => {
      await using ports = await dockerPorts(postgres, 'awkward');
      const { file } = await backUp(ports, 'plain');
      const psql = ['psql', '-X', '-q', '-U', postgres.user, '-d', 'awkward', '-v', 'ON_ERROR_STOP=1'];
      const quiet = ['env', 'PGOPTIONS=-c session_replication_role=replica'];
      const plain = await postgres.exec([...quiet, ...psql], { input: await readFile(file) });
      expect(plain.exitCode).toBe(3);
      expect(plain.stderr).toContain('ERROR');
      expect(byHand(await databaseDigest(postgres, 'awkward'))).not.toEqual(byHand(before));
    });
  });
}
