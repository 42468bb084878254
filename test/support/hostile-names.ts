/** Every ASCII character that a name in PostgreSQL may hold: all but NUL. */
export const ascii: readonly string[] = Array.from({ length: 127 }, (_, index) =>
  String.fromCharCode(index + 1),
);

/** Names, each of at most 63 bytes, that have fooled a shell, a path, a terminal, a parser or a reader. */
export const hostileNames: readonly string[] = [
  '-rf --no-preserve-root /',
  '../../../../tmp/kubegram-out',
  `${'a'.repeat(61)}é`,
  '\u001b]0;owned\u0007\u001b[2J\u001b[31m',
  'abc\u202egnp.lqs\u202c \u2066x\u2069',
  'שלום العالم',
  'e\u0301\u0302\u0303\u0304 \u200d\u200b\ufeff',
  '🐘👨‍👩‍👧‍👦🏳️‍🌈',
  'line\nbreak\r\nand\ttab',
  '$(touch /tmp/kubegram-out) `id` ; | & > /tmp/x',
  "'; DROP TABLE x; --\\",
  '"""; \\! id',
  'dbname=postgres host=nowhere',
  'postgresql://u:p@nowhere/x',
  '%s%n%00%2e%2e%2f',
  '.lock',
  '*?[a-z]{a,b}~',
  '\u0085\u2028\u2029\u00a0',
  '__proto__',
  ' ',
];

/** What moves a cursor, changes a colour, rings, ends a line early or turns the direction of what is shown. */
export const disturbing =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
