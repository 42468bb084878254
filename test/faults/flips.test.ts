import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatNames } from '../../src/core/backup-format.ts';
import { readManifest } from '../../src/core/manifest.ts';
import type { CompleteSet } from '../../src/core/ports/store.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { cleanUp } from '../../src/operations/manage.ts';
import { isWhole } from '../../src/operations/read-backup.ts';
import { verifyBackup } from '../../src/operations/verify.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { databaseDigest } from '../support/database-digest.ts';
import {
  type DockerPorts,
  dockerPorts,
  failureOf,
  filesIn,
  policy,
  quietRun,
  restore,
} from '../support/docker-ports.ts';
import { heldPorts, type SetFiles, type SetPart, setFilesOf } from '../support/hostile-ports.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { numbersOf, seed } from '../support/seed.ts';
import { rounds, tellFigure } from '../support/soak.ts';

const parts = ['data', 'tables', 'metadata'] as const;
const said: Record<SetPart, RegExp> = {
  data: /its checksum is sha256:\w{64} where the metadata says sha256:\w{64}|its compressed data is damaged/,
  tables: /its list of tables is not as it was written \(\S+_tables\.txt\)/,
  metadata: /its metadata is/,
};

const flipped = (bytes: Buffer, bit: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
};

describeWithDocker('a bit that is flipped', () => {
  let postgres: TestContainer;
  let ports: DockerPorts;
  let whole: { set: CompleteSet; files: SetFiles }[];

  beforeAll(async () => {
    postgres = await startPostgres({ major: 17, database: 'app' });
    await postgres.sql(
      `CREATE TABLE users (id int PRIMARY KEY, name text); CREATE TABLE "Odd, ""one""" (id int);
       INSERT INTO users SELECT n, md5(n::text) FROM generate_series(1, 60) n`,
    );
    ports = await dockerPorts(postgres, 'app');
    whole = [];
    for (const format of formatNames) {
      const request = { note: 'before the migration, 50 % done – “é”', reason: 'manual' } as const;
      const { set } = await createBackup(
        ports,
        { ...policy, keep: formatNames.length, format },
        request,
        quietRun(),
      );
      whole.push({ set, files: await setFilesOf(ports.folder, set) });
      await postgres.sql('INSERT INTO users SELECT max(id) + 1 FROM users');
    }
  });
  afterAll(async () => {
    await ports?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });

  test(
    'anywhere in a set keeps it from verifying and from being restored, and the file is named',
    async () => {
      const before = await databaseDigest(postgres, 'app');
      await using held = await heldPorts(ports);
      const random = numbersOf(seed);
      const count = rounds(500, 5000);
      const hit = { data: 0, tables: 0, metadata: 0 };
      const restored = new Set<string>();
      let refused = 0;
      for (let round = 0; round < count; round += 1) {
        const { set, files } = whole[round % whole.length] ?? whole[0] ?? expect.unreachable();
        // A refused restore takes the folder's lock and costs ten times as much: every seventh round has one, each set and
        // part in its turn. In the long form all have.
        const restores = round % 7 < rounds(1, 7);
        const turn = restores ? Math.floor(round / (7 * whole.length)) : Math.floor(random() * 3);
        const part = parts[turn % 3] ?? 'data';
        const bit = Math.floor(random() * files.bytes[part].length * 8);
        await files.write(part, flipped(files.bytes[part], bit));
        const where = `bit ${bit} of ${files.paths[part]}, KUBEGRAM_TEST_SEED=${seed}`;
        const verifying = () => verifyBackup(held, { backup: set.id, deep: false }, quietRun());
        const restoring = () => restore(held, { backup: set.id });
        for (const work of restores ? [restoring, verifying] : [verifying]) {
          const failure = await failureOf(work()).catch((cause: unknown) => {
            throw new Error(`It was taken with ${where}`, { cause });
          });
          expect(failure, where).toMatchObject({ code: 'backup-unverified', exitCode: 4 });
          expect(failure.message, where).toContain(set.id);
          expect(failure.message, where).toMatch(said[part]);
        }
        hit[part] += 1;
        if (restores) {
          refused += 1;
          restored.add(`${part} of ${set.dataFile}`);
        }
        await files.write('metadata', files.bytes.metadata);
        await files.write(part, files.bytes[part]);
      }
      expect(restored.size).toBe(whole.length * parts.length);
      expect(held.shadows()).toBe(0);
      expect(await databaseDigest(postgres, 'app')).toEqual(before);
      for (const { set } of whole) expect(await isWhole(held.store, set, quietRun())).toBe(true);
      tellFigure(
        'bits flipped at random in backup sets',
        `${count} (${hit.data} in data, ${hit.tables} in lists, ${hit.metadata} in metadata), none verified; ${refused} tried by a restore, none restored`,
      );
    },
    rounds(120_000, 1_800_000),
  );

  test('in the metadata is found wherever it is', () => {
    const { set, files } = whole[0] ?? expect.unreachable();
    const { metadata } = files.bytes;
    for (let bit = 0; bit < metadata.length * 8; bit += rounds(3, 1)) {
      const reading = readManifest(flipped(metadata, bit).toString('utf8'), set.id);
      expect(reading, `bit ${bit}`).toHaveProperty('unreadable', expect.stringMatching(/^its metadata is/));
    }
  });

  test('in no bit: metadata without a digest of its own, as an earlier version wrote it, still reads', () => {
    const { set, files } = whole[0] ?? expect.unreachable();
    const { metadata_digest: _, ...older } = JSON.parse(files.bytes.metadata.toString('utf8'));
    expect(readManifest(JSON.stringify(older), set.id)).toEqual({ manifest: set.manifest });
  });

  test.each(parts)('in the %s keeps rotation from counting the set and from removing it', async (part) => {
    const { files } = whole.at(-1) ?? expect.unreachable();
    await files.write(part, flipped(files.bytes[part], files.bytes[part].length * 4));
    const before = await filesIn(ports);
    const { removed } = await cleanUp(ports.store, { keep: whole.length - 1 }, { dryRun: false }, quietRun());
    expect(removed).toEqual([]);
    expect(await filesIn(ports)).toEqual(before);
    await files.putBack();
  });
});
