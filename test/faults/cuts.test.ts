import { truncateSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type BackupFormat,
  formatNames,
  type PlainFormat,
  plainFormats,
} from '../../src/core/backup-format.ts';
import { readDump } from '../../src/core/dump/read-dump.ts';
import type { CompleteSet } from '../../src/core/ports/store.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { isWhole } from '../../src/operations/read-backup.ts';
import type { Ports } from '../../src/operations/run.ts';
import { verifyBackup } from '../../src/operations/verify.ts';
import { type StartProcess, startProcess } from '../../src/process/process.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { type DatabaseDigest, databaseDigest } from '../support/database-digest.ts';
import {
  type DockerPorts,
  dockerPorts,
  failureOf,
  filesIn,
  policy,
  quietRun,
  restore,
  withoutDebris,
} from '../support/docker-ports.ts';
import { type HeldPorts, heldPorts, type SetFiles, setFilesOf } from '../support/hostile-ports.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { numbersOf, seed } from '../support/seed.ts';
import { rounds, someOf, tellFigure } from '../support/soak.ts';
import { sha256 } from '../support/store-sets.ts';

const CONTENT = `CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users SELECT n, E'--\\n-- PostgreSQL database dump complete\\n--\\n\\n' || n FROM generate_series(1, 12) n;
CREATE TABLE empty (id int);
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $f$ SELECT 'a;
--
-- PostgreSQL database dump complete
--
' $f$;
CREATE VIEW v AS SELECT * FROM users; COMMENT ON VIEW v IS 'it''s; seen';`;

type Change = (bytes: Buffer) => Buffer;
const pack: Record<PlainFormat, Change> = {
  plain: (bytes) => bytes,
  gzip: gzipSync,
  zstd: zstdCompressSync,
};
const unpack: Record<PlainFormat, Change> = {
  plain: (bytes) => bytes,
  gzip: gunzipSync,
  zstd: zstdDecompressSync,
};

const long = rounds(60_000, 900_000);

describeWithDocker('a dump that is cut', () => {
  let postgres: TestContainer;
  let ports: DockerPorts;
  let held: HeldPorts;
  let before: DatabaseDigest;
  const random = numbersOf(seed);

  beforeAll(async () => {
    postgres = await startPostgres({ major: 17, database: 'app' });
    await postgres.sql(CONTENT);
    await postgres.createDatabase('tiny');
    ports = await dockerPorts(postgres, 'app');
    before = await databaseDigest(postgres, 'app');
  });
  afterAll(async () => {
    await ports?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });

  const backUp = async (of: DockerPorts, format: BackupFormat): Promise<[CompleteSet, SetFiles]> => {
    const { set } = await createBackup(of, { ...policy, format }, { note: '', reason: 'manual' }, quietRun());
    return [set, await setFilesOf(of.folder, set)];
  };

  /** Each operation must refuse it, naming the backup and what is wrong with it. */
  async function expectRefused(set: CompleteSet, because: RegExp, unverified = false): Promise<void> {
    const verifying = () => verifyBackup(held, { backup: set.id, deep: false }, quietRun());
    const restoring = () => restore(held, { backup: set.id, unverified });
    for (const work of unverified ? [restoring] : [restoring, verifying]) {
      const failure = await failureOf(work());
      expect(failure).toMatchObject({ code: 'backup-unverified', exitCode: 4 });
      expect(failure.message).toContain(set.id);
      expect(failure.message).toMatch(because);
    }
  }

  async function expectUntouched(): Promise<void> {
    expect(held.shadows()).toBe(0);
    expect(await databaseDigest(postgres, 'app')).toEqual(before);
  }

  test.each(someOf(plainFormats, 2))(
    'at any line end neither verifies nor restores, even where its metadata vouches for it (format: %s)',
    async (format) => {
      const [set, files] = await backUp(ports, format);
      await using now = await heldPorts(ports);
      held = now;
      const plain = unpack[format](files.bytes.data);
      const ends = [...plain.keys()].filter((at) => plain[at] === 0x0a).slice(0, -1);
      expect(ends.length).toBeGreaterThan(100);
      for (const [nth, end] of ends.entries()) {
        const part = plain.subarray(0, end + 1);
        const data = pack[format](part);
        expect(await verifiesAs(held, set, data, rowsIn(part)), `cut at byte ${end}`).toBe(false);
        // The whole way, with the files in the folder and the folder's lock, takes a hundred times as long.
        if (nth % rounds(12, 1) > 0) continue;
        await files.vouch(data, part);
        await expectRefused(set, /it is incomplete: it/);
      }
      await files.putBack();
      await expectUntouched();
      expect(await isWhole(held.store, set, quietRun())).toBe(true);
      tellFigure(`cuts at line ends (format: ${format})`, `${ends.length}, none verified, none restored`);
    },
    long,
  );

  test.each(someOf(plainFormats, 2))(
    'at random bytes neither verifies nor restores, with its metadata, with none, and with such as vouches for it (format: %s)',
    async (format) => {
      const [set, files] = await backUp(ports, format);
      await using now = await heldPorts(ports);
      held = now;
      const { data } = files.bytes;
      const count = rounds(8, 300);
      for (let round = 0; round < count; round += 1) {
        const part = data.subarray(0, Math.floor(random() * data.length));
        await files.write('data', part);
        await expectRefused(set, /its data file has \d+ bytes where the metadata says \d+/);
        await files.vouch(part, format === 'plain' ? part : Buffer.alloc(0));
        await expectRefused(
          set,
          format === 'plain' ? /it is incomplete: it/ : /its compressed data is damaged|it is empty/,
        );
        await files.removeMetadata();
        await expectRefused(set, /its compressed data is damaged|it is incomplete: it/, true);
        await files.putBack();
      }
      await expectUntouched();
      tellFigure(`cuts at random bytes (format: ${format})`, `${count}, none verified, none restored`);
    },
    long,
  );

  // The padding at the end of a tar may be shorter and mean the same: there its checksum and its length tell.
  test.each(someOf([...plainFormats, 'custom'] as const, 2))(
    'at any byte of a tiny one does not verify (format: %s)',
    async (format) => {
      await using tiny = await dockerPorts(postgres, 'tiny');
      const [set, files] = await backUp(tiny, format);
      for (let length = 0; length < files.bytes.data.length; length += 1) {
        const part = files.bytes.data.subarray(0, length);
        expect(await verifiesAs(tiny, set, part, 0), `${length} bytes`).toBe(false);
      }
      expect(await verifiesAs(tiny, set, files.bytes.data, 0)).toBe(true);
      expect(await isWhole(tiny.store, set, quietRun())).toBe(true);
    },
  );

  test(
    'on its way out of a pg_dump that ends with success is not published, and earlier backups stay as they are',
    async () => {
      const [set, files] = await backUp(ports, 'plain');
      const names = await filesIn(ports);
      const count = rounds(2, 60);
      for (let round = 0; round < count; round += 1) {
        const packed = round % 2 === 0;
        const share = random();
        const start = cutting(share, packed);
        await using cut = await dockerPorts(postgres, 'app', { folder: ports.folder, start });
        const failure = await failureOf(backUp(cut, 'plain'));
        expect(failure, `${share} of it`).toMatchObject({ code: 'dump-failed', exitCode: 1 });
        const said = packed
          ? /^(The dump is incomplete: it|What pg_dump wrote did not arrive whole)/
          : /^The dump is incomplete: it/;
        expect(failure.message).toMatch(said);
        expect(await filesIn(ports)).toEqual(names);
      }
      for (const part of ['data', 'tables', 'metadata'] as const)
        expect(await readFile(files.paths[part])).toEqual(files.bytes[part]);
      expect(await isWhole(ports.store, set, quietRun())).toBe(true);
      tellFigure('dumps cut on their way though pg_dump ended with 0', `${count}, none published`);
    },
    long,
  );

  test(
    'between its check and its load is not swapped in',
    async () => {
      const count = rounds(2, 60);
      for (let round = 0; round < count; round += 1) {
        await using own = await dockerPorts(postgres, 'app');
        const [set, files] = await backUp(own, formatNames[(seed + round) % formatNames.length] ?? 'plain');
        const length = Math.floor(random() * files.bytes.data.length);
        const run = quietRun();
        run.onProgress = ({ phase }) => {
          if (phase === 'Looking at the database') truncateSync(join(own.folder, set.dataFile), length);
        };
        const failure = await failureOf(restore(own, { backup: set.id }, run));
        expect(['backup-unverified', 'restore-failed'], failure.message).toContain(failure.code);
      }
      expect(await databaseDigest(postgres, 'app')).toEqual(before);
      expect(await withoutDebris(postgres)).not.toContainEqual(expect.stringMatching(/shadow|scratch/));
      tellFigure('backups cut between check and load', `${count}, none swapped in`);
    },
    long,
  );
});

/** The rows of a part of a dump, as a backup would count them. */
function rowsIn(plain: Buffer): number {
  const reader = readDump();
  reader.write(plain);
  return reader.end().rows;
}

/** Whether data would verify if the metadata vouched for it, and for so many rows: only what is missing is left to see. */
async function verifiesAs({ store }: Ports, set: CompleteSet, data: Buffer, rows: number): Promise<boolean> {
  const facts = { checksum: sha256(data), size_bytes: data.length, total_records: rows };
  const vouched = { ...set, manifest: { ...set.manifest, ...facts } };
  return isWhole({ ...store, open: async () => Readable.from([data]) }, vouched, quietRun());
}

/** A pg_dump of which only so much arrives, packed or as it is, and which ends with success all the same (FAULTS F6). */
function cutting(share: number, packed: boolean): StartProcess {
  return (invocation) => {
    if (!invocation.args.includes('pg_dump')) return startProcess(invocation);
    const unpacked = invocation.args.filter((word) => !word.startsWith('--compress'));
    const running = startProcess(packed ? invocation : { ...invocation, args: unpacked });
    const stdout = new PassThrough();
    void running.stdout.toArray().then((chunks: Buffer[]) => {
      const whole = Buffer.concat(chunks);
      // Of the last line end nothing would be missed.
      stdout.end(whole.subarray(0, Math.floor(share * (whole.length - 1))));
    });
    return { ...running, stdout };
  };
}
