import fc from 'fast-check';

/** A command that psql does not know and complains of: where it does, it would have run any other. */
export const CANARY = '\\kgcanary';

/** What a reader that is no psql takes for something else than it is. Latin-1: each character is a byte. */
const fragments = [
  ...`' '' " "" $$ $a$ $b$ $1$ $a $_$ E' e' U&' U&" B' N' x' \\ \\' \\\\ -- /* */ / * - + : :: :' :" := { } ? ( ) [ ] , ; . .. =`.split(
    ' ',
  ),
  ...":x :E :E' :{?x} {?end} :end :begin :x$a$ :'x' :\"x\" ::x `id` $1 $12 1 1e 1e- 1e-- 1.e 1.e-- 1. 1e5 1.5 0x1 1_0 1end 1begin".split(
    ' ',
  ),
  ...'begin end case when or replace function procedure create copy from stdin program as e E x é \u00ff'.split(
    ' ',
  ),
  ...[
    ' ',
    '\n',
    '\t',
    '\v',
    '\f',
    '\n\n',
    '-- a\n',
    '/* a */',
    "'a'",
    '"a"',
    '$$a$$',
    "E'\\''",
    '(select 1)',
  ],
  ...[
    '--\n-- PostgreSQL database dump complete\n--\n',
    '-- Name: x; Type: TABLE\n',
    '\u00ef\u00bb\u00bf',
    'standard_conforming_strings',
  ],
  ...[
    `${CANARY}\n`,
    ` ${CANARY}\n`,
    `;\n${CANARY}\n`,
    `\n\\.\n`,
    '\\restrict a\n',
    '\\unrestrict a\n',
    '\\;',
    '\\:',
  ],
];

const beginnings = [
  'CREATE TABLE public.t (a text);\n',
  'CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC ',
  'CREATE OR REPLACE PROCEDURE p() AS ',
  'CREATE ',
  'CREATE :x FUNCTION begin() ',
  'CREATE U&"x" FUNCTION begin() ',
  'CREATE OR REPLACE FUNCTION f() BEGIN ATOMIC SELECT ',
  'create function',
  'COMMENT ON TABLE public.t IS ',
  'ALTER TABLE public.t ',
  'INSERT INTO public.t VALUES (',
  'GRANT SELECT ON public.t TO ',
  'SET a = ',
  '-- ',
  '/* ',
  '',
];

const soup = (most: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...fragments), { maxLength: most }).map((parts) => parts.join(''));

/** Something in quotes as pg_dump would write it, whatever it holds. */
const quoted = fc.oneof(
  soup(5).map((text) => `'${text.replaceAll("'", "''")}'`),
  soup(5).map((text) => `"${text.replaceAll('"', '""')}"`),
  soup(5).map((text) => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`),
  soup(5).map((text) => `$q$${text.replaceAll('$q', '')}$q$`),
  soup(5).map((text) => `/*${text.replaceAll(/\/\*|\*\/|[/*]$|^\//g, '')}*/`),
  soup(3).map((text) => `--${text.replaceAll('\n', ' ')}\n`),
);

const statement = fc
  .tuple(
    fc.constantFrom(...beginnings),
    fc.array(fc.oneof({ weight: 3, arbitrary: quoted }, { weight: 2, arbitrary: soup(2) }), { maxLength: 4 }),
    fc.constantFrom(';\n', ';\n\n', '; ', '\n;\n', ' end;\n', ');\n', '\n'),
  )
  .map(([beginning, parts, end]) => `${beginning}${parts.join(' ')}${end}`);

/** COPY data with lines that look like its end, also where a buffer of psql's (8192 bytes) ends. */
const copy = fc
  .array(
    fc.oneof(
      soup(4).map((line) => line.replaceAll(/^\\\.\n/gm, '')),
      fc.integer({ min: 8170, max: 8200 }).map((length) => `${'x'.repeat(length)}\\.`),
      fc.constantFrom('\\.x', ' \\.', '\\\\.', CANARY, 'a\tb', ''),
    ),
    { maxLength: 4 },
  )
  .map((lines) => `COPY public.copied (a) FROM stdin;\n${lines.map((line) => `${line}\n`).join('')}\\.\n`);

/** Bodies of dumps, each in parts that mean something by themselves. */
export const hostileBody: fc.Arbitrary<string[]> = fc.array(
  fc.oneof({ weight: 5, arbitrary: statement }, { weight: 1, arbitrary: copy }),
  { minLength: 1, maxLength: 4 },
);
