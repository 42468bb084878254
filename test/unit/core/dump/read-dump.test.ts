import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readDump } from '../../../../src/core/dump/read-dump.ts';
import { ADVERSARIAL, dump, KEY, read } from './dumps.ts';

const copy = (data: string, table = 'public.users (id, name)') =>
  `COPY ${table} FROM stdin;\n${data}\\.\n\n\n`;

describe('readDump counts', () => {
  it('counts each table exactly, however odd its name and its data', () => {
    const facts = read(dump(ADVERSARIAL));
    expect(facts.tables).toEqual([
      { schema: 'public', name: 'new\n-- Name: x; Type: TABLE\nline', rows: 8 },
      { schema: 'public', name: 'zero_columns', rows: 3 },
      { schema: 'Sch.é', name: '名.t"x', rows: 0 },
      { schema: 'public', name: 't', rows: 2 },
    ]);
    expect(facts.rows).toBe(13);
    expect(facts.forbidden).toBeNull();
    expect(facts.complete).toBe(true);
  });

  it('finds the same for every way to cut the bytes into chunks', () => {
    const bytes = dump(ADVERSARIAL);
    const whole = read(bytes);
    for (let size = 1; size < bytes.length; size += 1) expect(read(bytes, size)).toEqual(whole);
  });

  it('adds up the pieces of a table that is loaded in several', () => {
    expect(read(dump(copy('1\ta\n') + copy('2\tb\n3\tc\n'))).tables).toEqual([
      { schema: 'public', name: 'users', rows: 3 },
    ]);
  });

  it('takes an unquoted name in lower case and a quoted one as it stands', () => {
    const facts = read(dump(copy('1\n', 'Public.USERS') + copy('1\n', '"Public"."USERS"')));
    expect(facts.tables.map(({ schema, name }) => `${schema}.${name}`)).toEqual([
      'public.users',
      'Public.USERS',
    ]);
  });

  it('keeps names apart that are not valid UTF-8', () => {
    const name = (byte: number) => Buffer.concat([Buffer.from('COPY public."'), Buffer.from([byte])]);
    const body = [0xe9, 0xe8].flatMap((byte) => [
      name(byte),
      Buffer.from('" (a) FROM stdin;\n\xff\n\\.\n', 'latin1'),
    ]);
    const reader = readDump();
    for (const part of body) reader.write(part);
    expect(reader.end().tables.map((table) => table.name)).toEqual(['é', 'è']);
  });

  it('tells how far it is while the dump goes by', () => {
    const reader = readDump();
    reader.write(Buffer.from('COPY public.users (id) FROM stdin;\n1\n2\n3'));
    expect(reader.rows).toBe(2);
    expect(reader.bytes).toBe(40);
  });

  it('gives dumps of equal content the same digest, whatever their restrict key', () => {
    const one = dump(ADVERSARIAL);
    const other = Buffer.from(one.toString('utf8').replaceAll(KEY, 'Oth3rK3y'));
    const bare = one.toString('utf8').replace(`\\restrict ${KEY}\n`, '').replace(`\\unrestrict ${KEY}\n`, '');
    expect(read(other).contentDigest).toBe(read(one).contentDigest);
    expect(read(one).contentDigest).toBe(`sha256:${createHash('sha256').update(bare).digest('hex')}`);
    expect(read(dump(`${ADVERSARIAL} `)).contentDigest).not.toBe(read(one).contentDigest);
  });
});

describe('readDump tells a whole dump from a cut one', () => {
  const small = dump(
    `CREATE TABLE public.t (a text);\n\n${copy('1\ta\n2\tb\n')}COMMENT ON TABLE public.t IS 'x';\n\n`,
  );
  const because = (text: string) => read(Buffer.from(text)).incompleteBecause;

  it('takes a dump as complete only with its last byte', () => {
    expect(read(small).incompleteBecause).toBeNull();
    for (let length = 0; length < small.length; length += 1) {
      expect(read(small.subarray(0, length)).complete, `cut to ${length} bytes`).toBe(false);
    }
  });

  it('takes a dump of before the restrict key as complete, and only whole', () => {
    const old = Buffer.from(small.toString().replace(/^\\(un)?restrict.*\n\n/gm, ''));
    expect(read(old).complete).toBe(true);
    for (let length = 0; length < old.length; length += 1) {
      expect(read(old.subarray(0, length)).complete, `cut to ${length} bytes`).toBe(false);
    }
  });

  it('takes the verbose form as complete', () => {
    const verbose = small
      .toString()
      .replace('--\n-- PostgreSQL database dump complete', '-- Completed on x\n\n$&');
    expect(read(Buffer.from(verbose)).complete).toBe(true);
  });

  it.each([
    ['', 'it is empty'],
    ['--\n-- Post', 'it ends inside its header'],
    ['SELECT 1;\n', 'it does not begin as a pg_dump of plain SQL'],
    ['PGDMP\x01\x0e', 'it is a dump in custom format, not plain SQL'],
    ['--\r\n-- PostgreSQL database dump\r\n--\r\n', 'its line ends were changed from LF to CR LF'],
    ['--\n-- PostgreSQL database cluster dump\n--\n\n', 'it is a dump of a whole server (pg_dumpall)'],
  ])('says what %j is', (text, reason) => {
    expect(because(text)).toBe(reason);
  });

  const head = small.toString().slice(0, small.indexOf('CREATE TABLE'));
  it.each([
    ['COPY public.users (id) FROM stdin;\n1\n', 'it ends inside the data of public.users'],
    ['COPY public."a\nb" (id) FROM stdin;\n1\n', 'it ends inside the data of "public.a\\nb"'],
    ["COMMENT ON TABLE t IS 'it''s\n", 'it ends inside a quoted text'],
    ['CREATE TABLE public."a\n', 'it ends inside a quoted name'],
    ['CREATE FUNCTION f() AS $x$ BEGIN $y$', 'it ends inside a dollar-quoted text, such as a function body'],
    ['CREATE TABLE public.t (a', 'it ends inside a statement'],
    ['-- Name: x', 'it ends inside a comment'],
    ['CREATE TABLE public.t (a text);\n\n', 'it has no closing comment at its end'],
  ])('says where the dump ends after %j', (text, reason) => {
    expect(because(head + text)).toBe(reason);
  });

  it('is not fooled by a closing comment inside text, data, a function body or a statement', () => {
    const closing = '--\n-- PostgreSQL database dump complete\n--\n\n';
    const old = head.replace(/\\restrict.*\n\n/, '');
    expect(because(old + closing)).toBeNull();
    expect(because(`${old}SELECT '\n${closing}`)).not.toBeNull();
    expect(because(`${old}COPY public.t (a) FROM stdin;\n${closing}`)).toBe(
      'it ends inside the data of public.t',
    );
    expect(because(`${old}CREATE FUNCTION f() AS $$\n${closing}`)).not.toBeNull();
    expect(because(`${old}CREATE TABLE t (\n${closing}`)).toBe('it ends inside a statement');
    expect(because(`${old}${closing}CREATE TABLE t ();\n\n`)).toBe('it has no closing comment at its end');
  });

  it('wants the key of the beginning again at the end', () => {
    const other = small.toString().replace(`\\unrestrict ${KEY}`, '\\unrestrict 0ther');
    expect(read(Buffer.from(other)).complete).toBe(false);
    expect(read(Buffer.from(small.toString().replace(`\\restrict ${KEY}\n`, '\n'))).complete).toBe(false);
  });
});
