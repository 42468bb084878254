import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ArchiveFormat } from '../../src/core/archive/read-archive.ts';
import { backupFormats } from '../../src/core/backup-format.ts';
import { type Manifest, writeManifest } from '../../src/core/manifest.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { restoreBackup } from '../../src/operations/restore.ts';
import type { Run } from '../../src/operations/run.ts';
import { verifyBackup } from '../../src/operations/verify.ts';
import { type StartProcess, startProcess } from '../../src/process/process.ts';
import { readBytes } from '../support/archive-dumps.ts';
import { KNOWN_LOSSES, loadAwkward } from '../support/awkward/load.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { type DatabaseDigest, databaseDigest } from '../support/database-digest.ts';
import {
  type DockerPorts,
  dockerPorts,
  failureOf,
  filesIn,
  interruptedAt,
  policy,
  quietRun,
  restore,
  restoreRequest,
  withoutDebris,
} from '../support/docker-ports.ts';
import { heldPorts, setFilesOf } from '../support/hostile-ports.ts';
import { majors } from '../support/majors.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { someOf } from '../support/soak.ts';
import { sha256 } from '../support/store-sets.ts';
import { customArchive } from '../unit/core/archive/archives.ts';

const formats: ArchiveFormat[] = ['custom', 'directory'];
/** What goes the same way for both is tried with one of them in the quick form. */
const either = someOf(formats, 1);
const manual = { note: '', reason: 'manual' } as const;
const changes = `SET session_replication_role = replica; SET awkward.allow_ddl = 'on';
DELETE FROM content.texts WHERE id = 7; CREATE TABLE other.later (id int PRIMARY KEY);
DROP TABLE sequences.borrower; SELECT lo_unlink(424201), lo_create(99); SELECT nextval('sequences.called');`;

const backUp = (ports: DockerPorts, format: ArchiveFormat, run: Run = quietRun()) =>
  createBackup(ports, { ...policy, format }, manual, run);
const deeply = (ports: DockerPorts, run: Run = quietRun()) =>
  verifyBackup(ports, { backup: 'latest', deep: true }, run);

/** What no dump carries, taken out of a digest so that the rest can be compared. */
function withoutLosses(digest: DatabaseDigest): DatabaseDigest {
  const { [KNOWN_LOSSES.unmarkedTable]: _, ...tables } = digest.tables as Record<string, unknown>;
  return { ...digest, tables };
}

for (const major of majors)
  describeWithDocker(`backups as archives, postgres:${major}`, () => {
    let postgres: TestContainer;

    beforeAll(async () => {
      postgres = await startPostgres({ major, database: 'app' });
      await postgres.sql(
        `CREATE TABLE t AS SELECT n AS id, md5(n::text) AS body FROM generate_series(1, 20000) n;
         ALTER TABLE t ADD PRIMARY KEY (id); CREATE INDEX ON t (body); CREATE TABLE empty (id int);
         CREATE SCHEMA other CREATE TABLE one (id int); INSERT INTO other.one VALUES (1)`,
      );
    });
    afterAll(() => postgres?.[Symbol.asyncDispose]());

    /** What is at work, and the folders in which archives lay. */
    async function left(): Promise<string[]> {
      const folders = await postgres.exec(['sh', '-c', 'ls -d /tmp/kubegram-* 2>/dev/null || true']);
      return [...(await withoutDebris(postgres)), ...folders.stdout.split('\n').filter(Boolean)];
    }
    const gone = () => expect.poll(left).toEqual([]);

    test.each(either)(
      '%s: an awkward database comes back by a restore, beside the live one too, and the safety backup is one as well',
      async (format) => {
        await postgres.createDatabase('awkward');
        await loadAwkward(postgres, 'awkward');
        await using ports = await dockerPorts(postgres, 'awkward');
        const before = await databaseDigest(postgres, 'awkward');
        const { set } = await backUp(ports, format);
        const data = await readFile(join(ports.folder, set.dataFile));
        const { ending, metadata } = backupFormats[format];
        expect(set.dataFile).toBe(set.id + ending);
        expect(set.manifest).toMatchObject({ ...metadata, checksum: sha256(data), size_bytes: data.length });
        expect(set.manifest.content_digest).toBe((await readBytes(format, data)).contentDigest);
        expect(await verifyBackup(ports, { backup: set.id, deep: false }, quietRun())).toMatchObject({
          level: 'hash',
        });

        const into = `beside_${format}`;
        await restore(ports, { into, confirm: undefined });
        expect(withoutLosses(await databaseDigest(postgres, into))).toEqual(withoutLosses(before));

        await postgres.sql(changes, { database: 'awkward' });
        const request = restoreRequest(ports, { backup: set.id });
        const result = await restoreBackup(ports, { ...policy, format }, request, quietRun());
        expect(result.safetyBackup).toMatchObject({ reused: false });
        expect(withoutLosses(await databaseDigest(postgres, 'awkward'))).toEqual(withoutLosses(before));
        // A dump of what was restored once is the same content, as of plain SQL.
        await backUp(ports, format);
        expect(await deeply(ports)).toMatchObject({ level: 'contents', warnings: [] });
        expect(await left()).toEqual([]);
        for (const name of ['awkward', into])
          await postgres.sql(`DROP DATABASE ${name} WITH (FORCE)`, { database: 'postgres' });
      },
    );

    test.each(either)(
      '%s: what is the same already is not backed up again before a restore',
      async (format) => {
        await using ports = await dockerPorts(postgres, 'app');
        const { set } = await backUp(ports, format);
        const own = { ...policy, format };
        const result = await restoreBackup(ports, own, restoreRequest(ports), quietRun());
        expect(result.safetyBackup).toEqual({ id: set.id, reused: true });
      },
    );

    test.each(either)('%s: cut or turned, it is refused before any of it is run', async (format) => {
      await using ports = await dockerPorts(postgres, 'app');
      const { set } = await backUp(ports, format);
      const files = await setFilesOf(ports.folder, set);
      const { data } = files.bytes;
      await using held = await heldPorts(ports);
      const tried = async (manifest: Manifest, because: RegExp): Promise<void> => {
        await writeFile(files.paths.metadata, writeManifest(manifest));
        for (const work of [
          () => restore(held, { backup: set.id }),
          () => verifyBackup(held, { backup: set.id, deep: true }, quietRun()),
        ]) {
          const failure = await failureOf(work());
          expect(failure).toMatchObject({ code: 'backup-unverified', exitCode: 4 });
          expect(failure.message).toMatch(because);
        }
      };
      // A tar ends with 10 kB of zeros here: cut well before them.
      for (const share of [0.3, 0.9]) {
        const cut = data.subarray(0, Math.floor(data.length * share));
        await files.write('data', cut);
        await tried(set.manifest, /bytes where the metadata says/);
        const vouched = { checksum: sha256(cut), size_bytes: cut.length };
        await tried({ ...set.manifest, ...vouched }, /it is incomplete: /);
        await files.removeMetadata();
        expect(await failureOf(restore(held, { backup: set.id, unverified: true }))).toMatchObject({
          code: 'backup-unverified',
          message: expect.stringContaining('it is incomplete: '),
        });
      }
      const turned = Buffer.from(data);
      const at = Math.floor(data.length / 2);
      turned.writeUInt8(turned.readUInt8(at) ^ 4, at);
      await files.write('data', turned);
      await tried(set.manifest, /its checksum is sha256:/);
      expect(held.shadows()).toBe(0);
      await files.putBack();
      expect(await restore(held, { dryRun: true })).toMatchObject({ outcome: 'dry-run' });
    });

    test('what no archive may hold is named and refused, whatever vouches for it', async () => {
      await using ports = await dockerPorts(postgres, 'app');
      const { set } = await backUp(ports, 'custom');
      const files = await setFilesOf(ports.folder, set);
      const defn = "COPY (SELECT 1) TO PROGRAM 'touch /tmp/canary';\n";
      const hostile = customArchive({ entries: [{ tag: 'evil', defn }] });
      await files.write('data', hostile);
      const rows = { total_records: 0, tables: [] };
      const vouched = { checksum: sha256(hostile), size_bytes: hostile.length, ...rows };
      await writeFile(files.paths.metadata, writeManifest({ ...set.manifest, ...vouched }));
      await using held = await heldPorts(ports);
      for (const work of [
        () => restore(held, { backup: set.id }),
        () => verifyBackup(held, { backup: set.id, deep: true }, quietRun()),
      ])
        expect(await failureOf(work())).toMatchObject({
          code: 'refused',
          message: expect.stringContaining(`${set.id} is refused: TABLE public.evil holds `),
        });
      expect(held.shadows()).toBe(0);
    });

    test('where the server has no room for an archive, nothing is begun', async () => {
      const elsewhere: StartProcess = ({ args, ...rest }) =>
        startProcess({
          ...rest,
          args: args.flatMap((one) => (one === 'exec' ? [one, '-eTMPDIR=/dev/shm'] : one)),
        });
      await using ports = await dockerPorts(postgres, 'app', { start: elsewhere });
      await using _room = {
        [Symbol.asyncDispose]: async () => void (await postgres.exec(['rm', '-f', '/dev/shm/filler'])),
      };
      const { set } = await backUp(ports, 'directory');
      const leave = (megabytes: number) =>
        postgres.exec([
          'sh',
          '-c',
          `cd /dev/shm; rm -f filler; head -c $(df -Pm . | awk 'END { print $4 - ${megabytes} }')M /dev/zero > filler`,
        ]);
      const refusal = {
        code: 'disk-full',
        message: expect.stringMatching(
          /^The server has \S+ .?B free for temporary files; the archive needs about /,
        ),
      };
      // What a dead operation left there is taken away, and is no room that is taken.
      const debris = '/dev/shm/kubegram-archive-0123456789ab-4194304';
      await postgres.exec(['sh', '-c', `mkdir ${debris}; head -c 245M /dev/zero > ${debris}/sent`]);
      await deeply(ports);
      await leave(16);
      const works = [() => backUp(ports, 'directory'), () => restore(ports), () => deeply(ports)];
      for (const work of works) expect(await failureOf(work())).toMatchObject(refusal);
      expect((await filesIn(ports)).length).toBe(3);
      await gone();
      expect((await postgres.exec(['sh', '-c', 'ls -d /dev/shm/kubegram*'])).stdout).toBe('');
      // What comes out as it is made lies nowhere.
      await backUp(ports, 'custom');
      await leave(20);
      expect((await deeply(ports)).set.id).not.toBe(set.id);
    });

    test.each(either)('%s: a set without metadata is taken where somebody says so', async (format) => {
      await using ports = await dockerPorts(postgres, 'app');
      const { set } = await backUp(ports, format);
      await (await setFilesOf(ports.folder, set)).removeMetadata();
      const result = await restore(ports, { backup: set.id, unverified: true, dryRun: true });
      expect(result.set.manifest).toMatchObject({ format, total_records: 20_001 });
    });

    test.each(either)(
      '%s: another file in its place between check and load is not opened',
      async (format) => {
        await using ports = await dockerPorts(postgres, 'app');
        const { set } = await backUp(ports, format);
        const path = join(ports.folder, set.dataFile);
        const whole = await readFile(path);
        const others: (() => Promise<void>)[] = [
          () => writeFile(path, Buffer.concat([whole, Buffer.from('examined\nexamined\n')])),
          () => writeFile(path, Buffer.concat([Buffer.from('x'), whole.subarray(1)])),
          () => truncate(path, whole.length - 1),
        ];
        for (const replace of others) {
          let replacing = Promise.resolve();
          const run: Run = {
            ...quietRun(),
            onProgress: ({ phase }) => {
              if (phase === 'Restoring into a scratch database') replacing = replace();
            },
          };
          expect(await failureOf(deeply(ports, run))).toMatchObject({
            code: 'backup-unverified',
            message: `The backup ${set.id} does not verify: it changed while it was being restored.`,
          });
          await replacing;
          await writeFile(path, whole);
        }
        await gone();
      },
    );

    test.each(either)('%s: interrupted in any phase it leaves nothing', async (format) => {
      await using ports = await dockerPorts(postgres, 'app', { lockWaitMs: 1000 });
      await backUp(ports, format);
      const files = await filesIn(ports);
      expect(await failureOf(backUp(ports, format, interruptedAt('Dumping')))).toMatchObject({
        code: 'interrupted',
      });
      for (const phase of ['Sending', 'Restoring', 'Counting rows'])
        expect(await failureOf(restore(ports, { safetyBackup: false }, interruptedAt(phase)))).toMatchObject({
          code: 'interrupted',
        });
      expect(await filesIn(ports)).toEqual(files);
      await gone();
      expect(await postgres.sql('SELECT count(*) FROM t')).toBe('20000');
    });

    test.each(either)('%s: owners and policies of roles that are missing can be left out', async (format) => {
      await postgres.createDatabase('birds');
      await using ports = await dockerPorts(postgres, 'birds');
      await postgres.sql(
        `CREATE ROLE reader; CREATE TABLE birds (id int); INSERT INTO birds VALUES (1);
         ALTER TABLE birds ENABLE ROW LEVEL SECURITY; ALTER TABLE birds OWNER TO reader; GRANT SELECT ON birds TO reader;
         CREATE POLICY seen ON birds TO reader USING (true); COMMENT ON POLICY seen ON birds IS 'all'`,
        { database: 'birds' },
      );
      const { set } = await backUp(ports, format);
      await postgres.sql('DROP OWNED BY reader; DROP TABLE IF EXISTS birds; DROP ROLE reader', {
        database: 'birds',
      });
      const dry = await restore(ports, { dryRun: true, createRoles: true });
      expect(dry.warnings).toContain('The role reader would be made.');
      expect(
        await failureOf(restore(ports, { backup: set.id, withoutOwners: true, safetyBackup: false })),
      ).toMatchObject({
        code: 'restore-failed',
        message: expect.stringContaining('role "reader" does not exist'),
      });
      await restore(ports, { backup: set.id, createRoles: true, safetyBackup: false });
      const owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'birds'";
      expect(await postgres.sql(owner, { database: 'birds' })).toBe('reader');
      await restore(ports, { backup: set.id, into: 'mine', withoutOwners: true });
      expect(await postgres.sql(owner, { database: 'mine' })).toBe('postgres');
      for (const name of ['birds', 'mine'])
        await postgres.sql(`DROP DATABASE ${name} WITH (FORCE)`, { database: 'postgres' });
      const undo = await postgres.sql("SELECT datname FROM pg_database WHERE datname LIKE 'birds\\_\\_%'");
      for (const name of undo.split('\n').filter(Boolean))
        await postgres.sql(`DROP DATABASE "${name}" WITH (FORCE)`, { database: 'postgres' });
      await postgres.sql('DROP ROLE reader');
    });
  });
