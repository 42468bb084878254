import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cutDump } from '../../src/core/dump/cut-dump.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import {
  connectTo,
  type DockerPorts,
  dockerPorts,
  failureOf,
  withoutDebris,
} from '../support/docker-ports.ts';
import { describeWithDocker } from '../support/require-docker.ts';

const content = `CREATE TABLE t AS SELECT n, md5(n::text) AS body FROM generate_series(1, 100000) n;
  CREATE TABLE "Ünïcødé" AS SELECT E'\\\\ \\t \\n \\r''' AS text`;

/** Puts something else in the place of the packers of the image. */
const packers = {
  zstd: '',
  gzip: 'rm /usr/bin/zstd',
  // One that is there and does not work is as good as none.
  none: 'rm -f /bin/gzip /usr/bin/gzip; ln -sf /bin/false /usr/bin/zstd',
};
const large = 'CREATE TABLE more AS SELECT n, repeat(md5(n::text), 50) FROM generate_series(1, 30000) n';

for (const [name, change] of Object.entries(packers))
  describeWithDocker(`a dump whose way out has ${name} as its packer`, () => {
    let server: TestContainer;
    let ports: DockerPorts;

    beforeAll(async () => {
      server = await startPostgres({ database: 'app' });
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
      const dump = connection.dump(new AbortController().signal);
      const chunks = await Array.fromAsync(dump.stream);
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
      const { stream, finished } = connection.dump(new AbortController().signal);
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
        const { stream, finished } = connection.dump(giveUp.signal);
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

    if (name === 'none') return;
    test.each([
      ['ends at once', 'exit 3'],
      ['ends well before all has arrived', `head -c 100000 | "$0.real" "$@"`],
      ['ends badly after all has arrived', `"$0.real" "$@"; exit 1`],
      ['loses the last of its bytes', `"$0.real" "$@" | head -c 200000`],
      ['is killed', `head -c 100000 | "$0.real" "$@"; kill -9 $$`],
      ['changes a byte', `"$0.real" "$@" | sed 's/a/b/'`],
    ])('fails where the packer %s', async (_, script) => {
      const path = `$(command -v ${name})`;
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
