import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ArchiveFormat } from '../../src/core/archive/read-archive.ts';
import type { DumpTable } from '../../src/core/dump/read-dump.ts';
import { dockerLauncher } from '../../src/database/docker/docker-launcher.ts';
import { startArchiveDump } from '../../src/database/postgres/archive-dump.ts';
import { loadArchive } from '../../src/database/postgres/archive-load.ts';
import { type Client, postgresClient } from '../../src/database/postgres/client.ts';
import { startProcess } from '../../src/process/process.ts';
import { readBytes } from '../support/archive-dumps.ts';
import { loadAwkward } from '../support/awkward/load.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { failureOf } from '../support/docker-ports.ts';
import { majors } from '../support/majors.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { someOf } from '../support/soak.ts';

const byName = (tables: readonly DumpTable[]) =>
  tables.map(({ schema, name, rows }) => JSON.stringify([schema, name, rows])).sort();

const formats: ArchiveFormat[] = ['custom', 'directory'];
const { signal } = new AbortController();

for (const major of majors)
  describeWithDocker(`archives by the tools of postgres:${major}`, () => {
    let server: TestContainer;
    let client: Client;
    let version: string;

    beforeAll(async () => {
      server = await startPostgres({ major });
      await server.createDatabase('awkward');
      await loadAwkward(server, 'awkward');
      client = postgresClient(dockerLauncher(startProcess, server.name, 'postgres', 30_000));
      version = await server.sql('SHOW server_version');
    });
    afterAll(() => server?.[Symbol.asyncDispose]());

    async function dumped(database: string, format: ArchiveFormat): Promise<Buffer> {
      const dump = startArchiveDump(client, database, { format, jobs: 2, serverVersion: version }, signal);
      const bytes = Buffer.concat(await Array.fromAsync(dump.stream));
      await dump.finished;
      return bytes;
    }

    /** Its end shows late, as that of a file on a busy disk: the other side has had all of it by then. */
    async function* endingLate(bytes: Buffer): AsyncGenerator<Buffer> {
      yield bytes;
      await sleep(300);
    }

    async function load(
      database: string,
      format: ArchiveFormat,
      bytes: Buffer,
      sent = () => {},
    ): Promise<void> {
      const extensions = JSON.parse(
        await server.sql(
          "SELECT json_agg(json_build_object('name', extname, 'version', extversion)) FROM pg_extension",
          {
            database: 'awkward',
          },
        ),
      );
      const options = { signal, extensions, withoutOwners: false, withoutPolicies: false, jobs: 2 };
      await loadArchive(
        { client, database, server: { version, superuser: true } },
        { format, bytes: endingLate(bytes), length: bytes.length, sent },
        options,
      );
    }

    /** What is left in the place for archives. */
    const left = async () =>
      (await server.exec(['sh', '-c', 'ls -d /tmp/kubegram-archive-* 2>/dev/null'])).stdout;

    // pg_dump puts the columns of a child in another order than they were added in, once: a copy's copy is as the copy.
    test.each(someOf(formats, 1))(
      '%s: every row arrives, and a copy dumped again is the same content',
      async (format) => {
        const bytes = await dumped('awkward', format);
        const facts = await readBytes(format, bytes);
        expect(facts).toMatchObject({ complete: true, forbidden: null });
        const copies = [`copy_${format}`, `copy_of_copy_${format}`] as const;
        for (const copy of copies) await server.createDatabase(copy);
        await load(copies[0], format, bytes);
        const copied = await dumped(copies[0], format);
        await load(copies[1], format, copied);
        const [first, second] = [
          await readBytes(format, copied),
          await readBytes(format, await dumped(copies[1], format)),
        ];
        expect(first).toMatchObject({ complete: true, forbidden: null, rows: facts.rows });
        expect(byName(first.tables)).toEqual(byName(facts.tables));
        expect(second.contentDigest).toBe(first.contentDigest);
        expect(await left()).toBe('');
      },
    );

    test.each(formats)(
      '%s: nothing of it is run where the bytes that were sent are not the right ones',
      async (format) => {
        const bytes = await dumped('awkward', format);
        const empty = `empty_${format}`;
        await server.createDatabase(empty);
        const refusing = load(empty, format, bytes, () => {
          throw new Error('other bytes');
        });
        await expect(refusing).rejects.toThrow('other bytes');
        expect(
          await server.sql('SELECT count(*) FROM pg_class WHERE oid >= 16384', { database: empty }),
        ).toBe('0');
        await expect.poll(left).toBe('');
      },
    );

    test.each(formats)('%s: a dump that fails says why, and leaves nothing', async (format) => {
      await server.sql('CREATE ROLE poor LOGIN').catch(() => {});
      const poor = postgresClient(dockerLauncher(startProcess, server.name, 'poor', 30_000));
      const dump = startArchiveDump(poor, 'awkward', { format, jobs: 2, serverVersion: version }, signal);
      await Array.fromAsync(dump.stream);
      expect(await failureOf(dump.finished)).toMatchObject({
        code: 'dump-failed',
        message: expect.stringContaining('permission denied'),
      });
      expect(await left()).toBe('');
    });

    test('what a killed shell left is removed by the next dump, and nobody else takes what is in use', async () => {
      const pid = await server.exec([
        'sh',
        '-c',
        'mkdir /tmp/kubegram-archive-abc-999999 /tmp/kubegram-archive-def-1',
      ]);
      expect(pid.exitCode).toBe(0);
      await dumped('postgres', 'directory');
      expect(await left()).toBe('/tmp/kubegram-archive-def-1\n');
      await server.exec(['rmdir', '/tmp/kubegram-archive-def-1']);
    });
  });
