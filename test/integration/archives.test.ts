import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ArchiveFormat } from '../../src/core/archive/read-archive.ts';
import type { DumpTable } from '../../src/core/dump/read-dump.ts';
import { dumpArchive, readBytes } from '../support/archive-dumps.ts';
import { loadAwkward } from '../support/awkward/load.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { numbersFor } from '../support/seed.ts';
import { rounds, someOf } from '../support/soak.ts';

/** Each table with exactly its rows; what an extension made is its own affair. */
const ROW_COUNTS = `
SELECT json_agg(json_build_object('schema', nspname, 'name', relname, 'rows', (xpath('//c/text()', query_to_xml(
  format('SELECT count(*) AS c FROM ONLY %I.%I', nspname, relname), false, true, '')))[1]::text::int))
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')`;

const SMALL = `CREATE TABLE "one row" (id int PRIMARY KEY, body text);
  INSERT INTO "one row" SELECT n, E'a\\\\b\\nc' || n FROM generate_series(1, 20) n;
  CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1'; COMMENT ON DATABASE small IS 'small';
  SELECT lo_from_bytea(77, 'x'), lo_from_bytea(4000000001::oid, 'beyond the signed ones');`;

const byName = (tables: readonly DumpTable[]) =>
  tables.map(({ schema, name, rows }) => JSON.stringify([schema, name, rows])).sort();

const number = numbersFor(9);
const somewhere = (length: number): number => Math.floor(number() * length);

for (const major of someOf([15, 17] as const, 1)) {
  const zstd: [ArchiveFormat, string][] = [
    ['custom', 'zstd:1'],
    ['directory', 'zstd:1'],
  ];
  const kinds: [ArchiveFormat, string][] = [
    ['custom', '1'],
    ['custom', '0'],
    ['directory', '1'],
    ['directory', '0'],
    ...(major > 15 ? zstd : []),
  ];

  describeWithDocker(`a real archive of postgres:${major}`, () => {
    let server: TestContainer;

    const dumped = (database: string, [format, packing]: [ArchiveFormat, string]) =>
      dumpArchive(server, database, format, '-Z', packing);

    /** What a restore of an archive would run; null where pg_restore will not have it. */
    async function sqlOf(archive: Buffer): Promise<string | null> {
      const { exitCode, stdout } = await server.exec(['pg_restore', '-f', '-'], { input: archive });
      return exitCode === 0 ? stdout.replaceAll(/^(\\(un)?restrict|-- Dumped) .*\n/gm, '') : null;
    }

    beforeAll(async () => {
      server = await startPostgres({ major });
      await server.createDatabase('awkward');
      await loadAwkward(server, 'awkward');
      await server.createDatabase('small');
      await server.sql(SMALL, { database: 'small' });
    });
    afterAll(() => server?.[Symbol.asyncDispose]());

    test.each(kinds)(
      '%s, -Z %s: it is whole, holds nothing forbidden, and every row is counted',
      async (...kind) => {
        const facts = await readBytes(kind[0], await dumped('awkward', kind));
        expect(facts).toMatchObject({ complete: true, incompleteBecause: null, forbidden: null });
        const counted = JSON.parse(await server.sql(ROW_COUNTS, { database: 'awkward' }));
        expect(byName(facts.tables)).toEqual(expect.arrayContaining(byName(counted)));
        expect(facts.rows).toBe(facts.tables.reduce((sum, table) => sum + table.rows, 0));
      },
    );

    test('has one digest, in whatever format, packing and order; another one once a value has changed', async () => {
      const digest = async (kind: [ArchiveFormat, string]) =>
        (await readBytes(kind[0], await dumped('awkward', kind))).contentDigest;
      const digests = new Set<string>();
      for (const kind of [...kinds, ...kinds.slice(0, 3)]) digests.add(await digest(kind));
      expect(digests.size).toBe(1);
      const change =
        'ALTER TABLE "one row" DISABLE TRIGGER ALL; UPDATE "one row" SET body = \'other\' WHERE id = 7';
      const before = (await readBytes('custom', await dumped('small', ['custom', '1']))).contentDigest;
      await server.sql(change, { database: 'small' });
      const after = (await readBytes('custom', await dumped('small', ['custom', '1']))).contentDigest;
      expect(after).not.toBe(before);
    });

    test.each(someOf(kinds, 1))('%s, -Z %s: cut anywhere it is not whole', async (...kind) => {
      const [small, large] = [await dumped('small', kind), await dumped('awkward', kind)];
      const step = kind[0] === 'custom' ? rounds(7, 1) : rounds(89, 1);
      for (let length = 0; length < small.length; length += step)
        expect((await readBytes(kind[0], small.subarray(0, length))).complete, `${length}`).toBe(false);
      // The last byte of the last block of zeros that a tar needs; what follows is there to round it up.
      const end = kind[0] === 'custom' ? large.length : large.length - 10_240;
      for (let round = 0; round < rounds(15, 300); round += 1) {
        const length = somewhere(end);
        expect((await readBytes(kind[0], large.subarray(0, length))).complete, `${length}`).toBe(false);
      }
    });

    // A bit of the date, of an oid, of a place may turn unseen here: the checksum of the file sees it.
    test.each(someOf(kinds, 2))(
      '%s, -Z %s: with a bit turned it is not whole, or has another digest, or means the same',
      async (...kind) => {
        const [format] = kind;
        const archive = await dumped('small', kind);
        const whole = await readBytes(format, archive);
        const sql = format === 'custom' ? await sqlOf(archive) : null;
        for (let round = 0; round < rounds(60, 300); round += 1) {
          const turned = Buffer.from(archive);
          const bit = somewhere(8 * archive.length);
          turned.writeUInt8(turned.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
          const facts = await readBytes(format, turned);
          if (!facts.complete || facts.contentDigest !== whole.contentDigest) continue;
          expect(facts, `bit ${bit}`).toEqual(whole);
          if (format === 'custom') expect([sql, null], `bit ${bit}`).toContain(await sqlOf(turned));
        }
      },
    );
  });
}
