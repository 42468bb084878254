import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { backupFormats, plainFormats } from '../../src/core/backup-format.ts';
import { cutDump } from '../../src/core/dump/cut-dump.ts';
import { packedAs, plainOf } from '../../src/operations/arriving-dump.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { verifyBackup } from '../../src/operations/verify.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { databaseDigest } from '../support/database-digest.ts';
import {
  connectTo,
  type DockerPorts,
  dockerPorts,
  failureOf,
  policy,
  quietRun,
  restore,
  withoutDebris,
} from '../support/docker-ports.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { someOf } from '../support/soak.ts';
import { sha256 } from '../support/store-sets.ts';

const content = `CREATE TABLE t AS SELECT n, md5(n::text) AS body FROM generate_series(1, 30000) n;
  CREATE TABLE "Ünïcødé" AS SELECT E'\\\\ \\t \\n \\r''' AS text`;

const withoutOwn = `p=$(readlink -f "$(command -v pg_dump)"); d=$(ls /usr/lib/postgresql/*/bin/pg_dump)
  mv $d $d.real
  printf '#!/bin/sh\\nfor word; do case $word in --compress=*) echo "pg_dump: error: this build does not support compression with zstd" >&2; exit 1;; esac; done\\nexec "$0.real" "$@"\\n' > $d
  chmod 755 $d`;

/** How the image is changed, and what then packs a dump that is to come as zstd. */
const packers: Record<string, { major: 15 | 17; change: string; packer: 'own' | 'zstd' | 'gzip' | 'none' }> =
  {
    'pg_dump itself': { major: 17, change: '', packer: 'own' },
    'zstd, as pg_dump lacks it': { major: 17, change: withoutOwn, packer: 'zstd' },
    zstd: { major: 15, change: '', packer: 'zstd' },
    gzip: { major: 15, change: 'rm /usr/bin/zstd', packer: 'gzip' },
    // One that is there and does not work is as good as none.
    none: {
      major: 15,
      change: 'rm -f /bin/gzip /usr/bin/gzip; ln -sf /bin/false /usr/bin/zstd',
      packer: 'none',
    },
  };
const large = 'CREATE TABLE more AS SELECT n, repeat(md5(n::text), 50) FROM generate_series(1, 6000) n';

for (const [name, { major, change, packer }] of someOf(Object.entries(packers), 1))
  describeWithDocker(`a dump whose way out has as its packer: ${name}`, () => {
    let server: TestContainer;
    let ports: DockerPorts;

    beforeAll(async () => {
      server = await startPostgres({ major, database: 'app' });
      await server.sql(`${content}; ${large}`);
      const { exitCode } = await server.exec(['sh', '-c', change]);
      expect(exitCode).toBe(0);
      ports = await dockerPorts(server, 'app');
    });
    afterAll(async () => {
      await ports?.[Symbol.asyncDispose]();
      await server?.[Symbol.asyncDispose]();
    });

    async function dumped(): Promise<Buffer> {
      await using connection = await connectTo(ports, 'read');
      const dump = connection.dump(new AbortController().signal, policy);
      const chunks = await Array.fromAsync(plainOf(dump));
      await dump.finished;
      return Buffer.concat(chunks);
    }

    /** Without the keys, which no two dumps share. */
    const comparable = (dump: Uint8Array): string => {
      const cutter = cutDump({ extensionVersions: new Map() });
      return Buffer.concat([...cutter.write(dump), ...cutter.end()]).toString();
    };

    test('is what pg_dump writes, byte for byte', async () => {
      const argv = ['exec', server.name, 'pg_dump', '--clean', '--if-exists', '-U', 'postgres', 'app'];
      const direct = await execa('docker', argv, { encoding: 'buffer', stripFinalNewline: false });
      expect(comparable(await dumped()) === comparable(direct.stdout)).toBe(true);
    });

    test('fails with the words of a pg_dump that fails', async () => {
      await server.sql('CREATE ROLE nobody LOGIN');
      await using poor = await dockerPorts(server, 'app', { user: 'nobody' });
      await using connection = await connectTo(poor, 'read');
      const { stream, finished } = connection.dump(new AbortController().signal, policy);
      const arrived = Array.fromAsync(stream);
      expect(await failureOf(finished)).toMatchObject({
        code: 'dump-failed',
        message: expect.stringContaining('permission denied for table'),
      });
      await arrived.catch(() => undefined);
    });

    test('leaves nothing at work where it is given up', async () => {
      const giveUp = new AbortController();
      {
        await using connection = await connectTo(ports, 'read', giveUp.signal);
        const { stream, finished } = connection.dump(giveUp.signal, policy);
        let bytes = 0;
        const reading = (async () => {
          for await (const chunk of stream) {
            bytes += chunk.length;
            giveUp.abort(new Error('given up'));
          }
        })();
        await expect(finished).rejects.toThrow('given up');
        await reading.catch(() => undefined);
        expect(bytes).toBeGreaterThan(0);
      }
      expect(await withoutDebris(server)).toEqual([]);
    });

    test.each(someOf(plainFormats, packer === 'own' ? 2 : 1))(
      'is stored as a set in the format %s that its own tools take, that verifies and restores',
      async (format) => {
        await using own = await dockerPorts(server, 'app');
        const before = await databaseDigest(server, 'app');
        const { set } = await createBackup(
          own,
          { ...policy, format },
          { note: '', reason: 'manual' },
          quietRun(),
        );
        const { ending, packing, metadata } = backupFormats[format];
        const path = join(own.folder, set.dataFile);
        expect(set.dataFile).toBe(set.id + ending);
        expect(set.manifest).toMatchObject({ ...metadata, checksum: sha256(await readFile(path)) });
        if (packing !== null) await execa(packing, ['-t', path]);
        expect(set.manifest.tables.map(({ rows }) => rows).sort()).toEqual([1, 30_000, 6000]);
        expect(await own.store.list()).toEqual([set]);
        const proof = await verifyBackup(own, { backup: 'latest', deep: true }, quietRun());
        expect(proof).toMatchObject({ level: 'contents', warnings: [] });
        await server.sql('DROP TABLE t');
        await restore(own, { safetyBackup: false });
        expect(await databaseDigest(server, 'app')).toEqual(before);
      },
    );

    const packsZstd = packer === 'own' || packer === 'zstd';
    if (packsZstd)
      test('is stored as zstd byte for byte as it came', async () => {
        await using connection = await connectTo(ports, 'read');
        const dump = connection.dump(new AbortController().signal, { ...policy, format: 'zstd' });
        const arrived: Buffer[] = [];
        async function* noted(): AsyncGenerator<Buffer> {
          for await (const chunk of dump.stream) {
            arrived.push(chunk);
            yield chunk;
          }
        }
        const plain: Buffer[] = [];
        const stored = await Array.fromAsync(
          packedAs('zstd', { ...dump, stream: noted() }, (chunk) => plain.push(chunk)),
        );
        await dump.finished;
        expect(Buffer.concat(stored).equals(Buffer.concat(arrived))).toBe(true);
        expect(zstdDecompressSync(Buffer.concat(stored)).equals(Buffer.concat(plain))).toBe(true);
      });

    if (packer === 'none' || packer === 'own') return;
    test.each(
      someOf(
        [
          ['ends at once', 'exit 3'],
          ['ends well before all has arrived', `head -c 100000 | "$0.real" "$@"`],
          ['ends badly after all has arrived', `"$0.real" "$@"; exit 1`],
          ['loses the last of its bytes', `"$0.real" "$@" | head -c 200000`],
          ['is killed', `head -c 100000 | "$0.real" "$@"; kill -9 $$`],
          ['changes a byte', `"$0.real" "$@" | sed 's/a/b/'`],
        ] as const,
        2,
      ),
    )('fails where the packer %s', async (_, script) => {
      const path = `$(command -v ${packer})`;
      await server.exec([
        'sh',
        '-c',
        `p=${path}; [ -e $p.real ] || mv $p $p.real; printf '#!/bin/sh\\n[ -p /dev/stdin ] || exit 0\\n%s\\n' "$1" > $p; chmod 755 $p`,
        'sh',
        script,
      ]);
      expect(await failureOf(dumped())).toMatchObject({
        code: 'dump-failed',
        message: expect.stringMatching(/^[^\n]+\.$/),
        hint: expect.stringContaining('Nothing was published'),
      });
      expect(await withoutDebris(server)).toEqual([]);
    });
  });
