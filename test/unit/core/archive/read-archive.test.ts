import { gzipSync, zstdCompressSync } from 'node:zlib';
import { assert, asyncProperty, constantFrom, integer } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compared, comparedLength } from '../../../../src/core/archive/load-work.ts';
import { rounds, someOf } from '../../../support/soak.ts';
import { type ArchiveShape, customArchive, type EntryText, read, tarOf, tocOf } from './archives.ts';

const END = '\\.\n\n\n';
const rowsOf = (tag: string, data: string): EntryText => ({
  desc: 'TABLE DATA',
  tag,
  section: 3,
  copyStmt: `COPY public.${tag} (a) FROM stdin;\n`,
  data: `${data}${END}`,
});
const TABLE: EntryText = {
  defn: 'CREATE TABLE public.t (\n    a text\n);\n',
  dropStmt: 'DROP TABLE public.t;\n',
};
const OBJECTS: EntryText = {
  desc: 'BLOBS',
  tag: '7..4000000001',
  namespace: null,
  objects: [
    [7, 'seven'],
    [4_000_000_001, 'beyond the signed ones'],
  ],
};
const ENTRIES = [TABLE, rowsOf('t', 'one\ntwo\n'), rowsOf('empty', ''), OBJECTS];
const shapes: ArchiveShape[] = [
  { version: 14, packing: 'none', entries: ENTRIES },
  { version: 14, packing: 'gzip', entries: ENTRIES },
  { version: 15, packing: 'zstd', entries: ENTRIES },
  { version: 16, packing: 'zstd', entries: ENTRIES },
];

describe('an archive in custom format', () => {
  test.each(shapes)('is read whole: version 1.$version, packed by $packing', async (shape) => {
    expect(await read('custom', customArchive(shape))).toMatchObject({
      complete: true,
      incompleteBecause: null,
      tables: [
        { schema: 'public', name: 't', rows: 2 },
        { schema: 'public', name: 'empty', rows: 0 },
      ],
      rows: 2,
      forbidden: null,
    });
  });

  test('is read the same however it is cut into pieces', async () => {
    const archives = shapes.map(customArchive);
    const property = asyncProperty(
      constantFrom(...archives),
      integer({ min: 1, max: 400 }),
      async (archive, length) => {
        expect(await read('custom', archive, length)).toEqual(await read('custom', archive));
      },
    );
    await assert(property, { numRuns: 60 });
  });

  test.each(someOf(shapes, 2))(
    'is never whole where it is cut, at any byte (1.$version, $packing)',
    async (shape) => {
      const archive = customArchive(shape);
      for (let length = 0; length < archive.length; length += 1) {
        const facts = await read('custom', archive.subarray(0, length));
        expect(facts.complete, `${length} of ${archive.length}`).toBe(false);
        expect(facts.bytes).toBe(length);
      }
    },
  );

  test('says what a load of it does: rows, then indexes by the rows they are built on, then what is looked up', async () => {
    const later = (desc: string, defn: string): EntryText => ({ desc, tag: 'x', section: 4, defn });
    const entries = [
      later('INDEX', 'CREATE INDEX i ON public.t USING gin (a);\n'),
      later('CONSTRAINT', 'ALTER TABLE ONLY public.t\n    ADD CONSTRAINT t_pkey PRIMARY KEY (a);\n'),
      later('INDEX', 'CREATE INDEX j ON public.empty USING btree (a);\n'),
      later(
        'FK CONSTRAINT',
        'ALTER TABLE ONLY public.t\n    ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES public.u(a);\n',
      ),
      later('TRIGGER', 'CREATE TRIGGER g AFTER INSERT ON public.t EXECUTE FUNCTION f();\n'),
      ...ENTRIES,
    ];
    const bytes = `one\ntwo\n${END}`.length;
    const { work, builds, references } = await read('custom', customArchive({ entries }));
    expect(work).toEqual({
      copies: [
        { statement: 'COPY public.t (a) FROM stdin', bytes },
        { statement: 'COPY public.empty (a) FROM stdin', bytes: 0 },
      ],
      builds: [
        { statement: 'CREATE INDEX i ON public.t USING gin (a)', weight: 4 * bytes },
        { statement: 'ALTER TABLE ONLY public.t\n    ADD CONSTRAINT t_pkey PRIMARY KEY (a)', weight: bytes },
        { statement: 'CREATE INDEX j ON public.empty USING btree (a)', weight: 0 },
      ],
    });
    expect(builds).toEqual({ count: 2, weight: 5 * bytes });
    expect(references).toBe(bytes);
  });

  test('knows a statement of which the server keeps the beginning alone', () => {
    for (const at of [comparedLength - 1, comparedLength, comparedLength + 1])
      for (const odd of [' ', '\n', ';']) {
        const statement = `${'x'.repeat(at - 1)}${odd}${'y'.repeat(300)};\n`;
        expect(compared(statement.slice(0, comparedLength))).toBe(compared(statement));
      }
    expect(compared('CREATE INDEX i;\n\n')).toBe('CREATE INDEX i');
  });

  test('is not whole with a byte more, and all of it is taken nevertheless', async () => {
    const archive = Buffer.concat([customArchive({ entries: ENTRIES }), Buffer.from('x')]);
    expect(await read('custom', archive, 10)).toMatchObject({ complete: false, bytes: archive.length });
  });

  test('has the digest of its content alone: not of numbers, order, name, packing', async () => {
    const [plain, other] = await Promise.all([
      read('custom', customArchive({ packing: 'none', entries: ENTRIES })),
      read(
        'custom',
        customArchive({ database: 'scratch', numbersFrom: 900, entries: [...ENTRIES].reverse() }),
      ),
    ]);
    expect(other.contentDigest).toBe(plain.contentDigest);
  });

  test.each<[string, EntryText[]]>([
    ['a value', [TABLE, rowsOf('t', 'one\ntwO\n'), rowsOf('empty', ''), OBJECTS]],
    ['which table a row is in', [TABLE, rowsOf('t', 'one\n'), rowsOf('empty', 'two\n'), OBJECTS]],
    ['a definition', [{ ...TABLE, defn: `${TABLE.defn} ` }, ...ENTRIES.slice(1)]],
    ['an owner', [{ ...TABLE, owner: 'you' }, ...ENTRIES.slice(1)]],
    ['a schema', [{ ...TABLE, namespace: null }, ...ENTRIES.slice(1)]],
    ['a large object', [...ENTRIES.slice(0, 3), { ...OBJECTS, objects: [[7, 'Seven']] }]],
    ['nothing but an entry less', ENTRIES.slice(0, 3)],
  ])('has another digest where %s differs', async (_, entries) => {
    const before = await read('custom', customArchive({ entries: ENTRIES }));
    const after = await read('custom', customArchive({ entries }));
    expect(after.complete).toBe(true);
    expect(after.contentDigest).not.toBe(before.contentDigest);
  });

  test('leaves out of its digest what pg_restore runs with --create alone', async () => {
    const database = (name: string): EntryText[] => [
      { desc: 'DATABASE', tag: name, namespace: null, defn: `CREATE DATABASE ${name};\n` },
      {
        desc: 'COMMENT',
        tag: `DATABASE ${name}`,
        namespace: null,
        defn: `COMMENT ON DATABASE ${name} IS 'x';\n`,
      },
    ];
    const [one, two] = await Promise.all(
      ['app', 'scratch'].map((name) =>
        read('custom', customArchive({ entries: [...database(name), ...ENTRIES] })),
      ),
    );
    expect(one).toMatchObject({ complete: true, forbidden: null, contentDigest: two?.contentDigest });
  });

  test.each<[string, EntryText, string]>([
    ['rows without an end', { ...rowsOf('t', ''), data: 'one\n' }, 'has no end'],
    ['rows whose last line is cut', { ...rowsOf('t', ''), data: 'one\n\\.\n\n' }, 'has no end'],
  ])('is not whole with %s', async (_, entry, because) => {
    const facts = await read('custom', customArchive({ entries: [entry] }));
    expect(facts).toMatchObject({ complete: false, incompleteBecause: expect.stringContaining(because) });
  });

  test('is not whole where the data of one entry stands twice, or of none', async () => {
    const archive = customArchive({ packing: 'none', entries: [rowsOf('t', 'one\n')] });
    const block = archive.subarray(archive.lastIndexOf(Buffer.from([1, 0, 1, 0, 0, 0])));
    const twice = await read('custom', Buffer.concat([archive, block]));
    expect(twice.incompleteBecause).toBe('TABLE DATA public.t has its data twice');
    const foreign = Buffer.from(block);
    foreign[2] = 9;
    const other = await read('custom', Buffer.concat([archive, foreign]));
    expect(other.incompleteBecause).toBe('it has data of an entry that it does not have');
  });

  test('packed with lz4 is refused in words', async () => {
    const archive = customArchive({ packing: 'none', entries: ENTRIES });
    archive[11] = 2;
    expect((await read('custom', archive)).incompleteBecause).toContain('lz4');
  });

  test.each([
    ['', 'it ends inside its header'],
    ['--\n-- PostgreSQL database dump\n', 'it does not begin as an archive of pg_dump'],
    ['PGDMP\x01\x0d\x00\x04\x08\x01', 'it is an archive of version 1.13.0; 1.14 to 1.16 are read'],
    ['PGDMP\x01\x11\x00\x04\x08\x01', 'it is an archive of version 1.17.0; 1.14 to 1.16 are read'],
    ['PGDMP\x01\x10\x00\x04\x08\x03', 'it is an archive of another format than custom'],
  ])('is none: %j', async (text, because) => {
    expect((await read('custom', Buffer.from(text, 'latin1'))).incompleteBecause).toBe(because);
  });

  test('whose stream breaks is not judged', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield customArchive({ entries: ENTRIES }).subarray(0, 100);
      throw new Error('the disk is gone');
    }
    const { readArchive } = await import('../../../../src/core/archive/read-archive.ts');
    await expect(readArchive('custom', broken())).rejects.toThrow('the disk is gone');
    await expect(readArchive('directory', broken())).rejects.toThrow('the disk is gone');
  });
});

describe('what no archive of pg_dump holds is found before any of it is run', () => {
  test.each<[string, EntryText, string | RegExp]>([
    ['a program', { defn: "COPY t FROM PROGRAM 'id';\n" }, 'COPY … PROGRAM'],
    [
      'a program before the rows',
      { ...rowsOf('t', ''), copyStmt: "COPY t FROM PROGRAM 'id';" },
      /rows that do not follow/,
    ],
    [
      'two statements before the rows',
      { ...rowsOf('t', ''), copyStmt: 'DROP TABLE x; COPY t FROM stdin;' },
      /rows that do not follow/,
    ],
    ['no statement before the rows', { ...rowsOf('t', ''), copyStmt: '' }, /rows that do not follow/],
    [
      'rows of a catalog',
      { ...rowsOf('t', ''), copyStmt: 'COPY pg_catalog.pg_authid (a) FROM stdin;\n' },
      /catalog of the server/,
    ],
    ["a command of psql's", { defn: 'SELECT 1;\n\\! id\n' }, /psql command|SELECT of something/],
    ["a command of psql's alone", { defn: '\\! id\n' }, 'the psql command \\!'],
    ['another database', { defn: 'DROP DATABASE other;\n' }, 'DROP DATABASE'],
    ['a role', { defn: 'CREATE ROLE me SUPERUSER;\n' }, 'CREATE ROLE'],
    ['an anonymous block', { defn: 'DO $$ BEGIN END $$;\n' }, /^DO/],
    ['rows in a definition', { defn: 'COPY t (a) FROM stdin;\n' }, /in a definition/],
    ['a definition without an end', { defn: 'CREATE TABLE x (a int)' }, /does not end/],
    [
      'a DROP with more behind',
      {
        desc: 'FUNCTION',
        defn: 'CREATE FUNCTION f() RETURNS int;',
        dropStmt: 'DROP FUNCTION f(); DROP TABLE x;',
      },
      /more than one DROP/,
    ],
    [
      'another statement as a DROP',
      { desc: 'FUNCTION', dropStmt: "COPY t FROM PROGRAM 'id';" },
      /more than one DROP/,
    ],
    ['a program as a DROP', { dropStmt: "COPY t FROM PROGRAM 'id';" }, 'COPY … PROGRAM'],
    ['a kind with a line end', { desc: 'TABLE\n\\! id' }, /kind/],
    [
      'an escape setting',
      { desc: 'STDSTRINGS', defn: "SET standard_conforming_strings = 'off';\n" },
      /STDSTRINGS/,
    ],
    [
      'a search path',
      { desc: 'SEARCHPATH', defn: "SELECT pg_catalog.set_config('role', 'x', false);\n" },
      /SEARCHPATH/,
    ],
    [
      'an encoding that hides quotes',
      { desc: 'ENCODING', defn: "SET client_encoding = 'SJIS';\n" },
      /client_encoding/,
    ],
    ['a large object with SQL for a number', { desc: 'BLOB', tag: '1; DROP TABLE x' }, /without a number/],
    [
      'large objects with SQL for a number',
      { desc: 'BLOB METADATA', defn: "1\n2'); DROP TABLE x; --\n" },
      /without numbers/,
    ],
    ['data of an index', { desc: 'INDEX', data: `DROP TABLE x;\n${END}` }, /data of what is no table/],
    ['rows of a view', { desc: 'VIEW', copyStmt: 'COPY t FROM stdin;' }, /no table/],
    ['SQL behind the rows', { ...rowsOf('t', ''), data: 'one\n\\.\nDROP TABLE x;\n' }, /more after the end/],
    ['changed line ends', { ...rowsOf('t', ''), data: 'one\n\\.\r\n\n\n' }, /line ends/],
  ])('%s', async (_, entry, what) => {
    const facts = await read('custom', customArchive({ entries: [TABLE, entry] }));
    expect(facts).toMatchObject({ complete: true, forbidden: { place: expect.any(String) } });
    expect(facts.forbidden?.what).toMatch(what);
  });

  test('a kind that is not known yet is nothing bad', async () => {
    const entry = { desc: 'NEW KIND', tag: 'x', defn: 'ALTER TABLE public.t SET (x = 1);\n' };
    const facts = await read('custom', customArchive({ entries: [entry] }));
    expect(facts).toMatchObject({ complete: true, forbidden: null });
  });

  test.each([
    ['the psql command behind a NUL', { defn: 'SELECT 1;\0\\! id' }],
    ['a name with a NUL', { tag: 't\0x' }],
  ])('%s keeps an archive from being whole', async (_, entry) => {
    expect((await read('custom', customArchive({ entries: [entry] }))).incompleteBecause).toContain('NUL');
  });
});

describe('an archive in directory format', () => {
  const files = [
    [
      'toc.dat',
      tocOf({
        entries: ENTRIES.map((entry, at) => ({
          ...entry,
          file: ['', '2.dat', '3.dat', 'blobs_4.toc'][at] ?? '',
        })),
      }),
    ],
    ['2.dat.gz', gzipSync(`one\ntwo\n${END}`)],
    ['3.dat.zst', zstdCompressSync(END)],
    ['blobs_4.toc', '7 blob_7.dat\n4000000001 blob_4000000001.dat\n'],
    ['blob_7.dat', 'seven'],
    ['blob_4000000001.dat.gz', gzipSync('beyond the signed ones')],
  ] as const;

  test('is read whole, whatever the order of its files, with the digest of the same in custom format', async () => {
    const folder = ['./', '', { type: 'directory' }] as const;
    const custom = await read('custom', customArchive({ entries: ENTRIES }));
    for (const order of [
      files,
      [...files].reverse(),
      [folder, ...files.map(([name, content]) => [`./${name}`, content] as const)],
    ])
      expect(await read('directory', await tarOf(order), 1000)).toEqual({
        ...custom,
        bytes: expect.any(Number),
      });
  });

  test('is never whole where it is cut, at any byte', async () => {
    const tar = await tarOf(files);
    for (let length = 0; length < tar.length; length += rounds(23, 7))
      expect((await read('directory', tar.subarray(0, length))).complete, `${length}`).toBe(false);
    expect((await read('directory', tar.subarray(0, -1))).complete).toBe(false);
    expect((await read('directory', tar.subarray(0, -512))).incompleteBecause).toContain('no end mark');
    expect((await read('directory', Buffer.concat([tar, Buffer.alloc(512)]))).complete).toBe(true);
    expect((await read('directory', Buffer.concat([tar, tar]))).complete).toBe(false);
    expect(
      (await read('directory', Buffer.concat([tar, Buffer.alloc(511), Buffer.from('x')]))).complete,
    ).toBe(false);
  });

  test.each<[string, Parameters<typeof tarOf>[0], string]>([
    ['a file is missing', files.slice(0, 5), 'large object 4000000001 is missing'],
    [
      'the rows are missing',
      files.filter(([name]) => name !== '2.dat.gz'),
      'the data of TABLE DATA public.t is missing',
    ],
    [
      'a list is missing',
      files.filter(([name]) => name !== 'blobs_4.toc'),
      'the data of BLOBS 7..4000000001 is missing',
    ],
    ['the table of contents is missing', files.slice(1), 'it has no toc.dat'],
    ['a file is of no entry', [...files, ['9.dat', END]], 'does not name'],
    ['a large object is of no list', [...files, ['blob_9.dat', '']], 'does not name'],
    ['a file is none of pg_dump', [...files, ['notes.txt', '']], 'none of pg_dump'],
    ['a name leads out', [...files, ['../x', '']], 'none of pg_dump'],
    ['a name leads out and in', [...files, ['./../d/9.dat', '']], 'none of pg_dump'],
    ['a name is absolute', [...files, ['/9.dat', '']], 'none of pg_dump'],
    ['a name is there twice', [...files, files[1]], 'a file twice'],
    ['a name is there twice, written otherwise', [...files, ['./2.dat.gz', '']], 'twice'],
    ['data is there twice, packed otherwise', [...files, ['2.dat', END]], '2.dat twice'],
    ['there is a link', [...files, ['9.dat', '', { type: 'symlink', linkname: '/etc/passwd' }]], 'a symlink'],
    ['there is a hard link', [...files, ['9.dat', '', { type: 'link', linkname: '2.dat.gz' }]], 'a link'],
    ['there is a folder', [...files, ['x/', '', { type: 'directory' }]], 'a directory'],
    [
      'there is a header of another kind',
      [...files, ['9.dat', '', { pax: { path: '2.dat' } }]],
      'more than files',
    ],
    [
      'packed data has more behind',
      files.map((file) =>
        file[0] === '2.dat.gz' ? [file[0], Buffer.concat([file[1], Buffer.from('x')])] : file,
      ),
      '2.dat.gz',
    ],
    [
      'packed data is cut',
      files.map((file) => (file[0] === '2.dat.gz' ? [file[0], file[1].subarray(0, -1)] : file)),
      '2.dat.gz is cut',
    ],
    [
      'a list names another file',
      files.map((file) => (file[0] === 'blobs_4.toc' ? [file[0], '7 ../x\n'] : file)),
      'list of its large objects',
    ],
    [
      'the table of contents has more behind',
      files.map((file) =>
        file[0] === 'toc.dat' ? [file[0], Buffer.concat([file[1], Buffer.from('x')])] : file,
      ),
      'more after its end',
    ],
  ])('is not whole where %s', async (_, changed, because) => {
    const facts = await read('directory', await tarOf(changed));
    expect(facts).toMatchObject({ complete: false, incompleteBecause: expect.stringContaining(because) });
  });

  test('may not name files of its own choice', async () => {
    for (const file of ['../2.dat', '/etc/passwd', '3.dat', ''])
      expect(
        await read(
          'directory',
          await tarOf([
            ['toc.dat', tocOf({ entries: [TABLE, { ...rowsOf('t', ''), file }] })],
            ['2.dat', END],
          ]),
        ),
      ).toMatchObject({ incompleteBecause: 'its table of contents names a file that is not of its entry' });
  });
});
