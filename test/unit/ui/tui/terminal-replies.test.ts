import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { quietInput, withoutReplies } from '../../../../src/ui/tui/terminal-replies.ts';

const E = '\u001b';

/** What a terminal says by itself, and Ink would take for typed text. */
const replies: [string, string][] = [
  ['a colour, ended by BEL', `${E}]11;rgb:1e1e/1e1e/2e2e\u0007`],
  ['a colour, ended by ST', `${E}]10;rgb:ffff/ffff/ffff${E}\\`],
  ['a colour of the palette', `${E}]4;1;rgb:cdcd/0000/0000\u0007`],
  ['the clipboard', `${E}]52;c;cXVpdA==\u0007`],
  ['the title', `${E}]lkubegram: quit${E}\\`],
  ['its version', `${E}P>|tmux 3.5a${E}\\`],
  ['its id', `${E}P!|00000000${E}\\`],
  ['a capability', `${E}P1+r524742=38${E}\\`],
  ['a setting', `${E}P1$r0m${E}\\`],
  ['its graphics', `${E}_Gi=31;OK${E}\\`],
  ['a mouse report of the oldest kind', `${E}[M !!`],
  ['a mouse report far to the right', `${E}[M#\u00ff\u00b3`],
];

describe('what a terminal says by itself', () => {
  test.each(replies)('%s is taken out, what is typed around it stays', (_, text) => {
    const typed = withoutReplies();
    expect(typed(text)).toBe('');
    expect(typed(`a${text}b${text}${text}c`)).toBe('abc');
    expect(typed('q')).toBe('q');
  });

  test.each(replies)(
    '%s is taken out when it comes in two, wherever it is cut after its first character',
    (_, text) => {
      for (let at = 2; at < text.length; at++) {
        const typed = withoutReplies();
        expect(typed(`a${text.slice(0, at)}`) + typed(`${text.slice(at)}q`)).toBe('aq');
      }
    },
  );

  test.each([
    ['device attributes', `${E}[?62;1;2;4c`],
    ['a mode', `${E}[?2026;2$y`],
    ['the place of the cursor', `${E}[12;40R`],
    ['a mouse report', `${E}[<0;10;12M`],
    ['the focus', `${E}[I`],
    ['an arrow key', `${E}[A`],
    ['a page key', `${E}[6~`],
    ['the beginning of a paste', `${E}[200~`],
  ])('%s reaches Ink in one piece, though it came in two', (_, text) => {
    for (let at = 2; at < text.length; at++) {
      const typed = withoutReplies();
      expect(typed(`a${text.slice(0, at)}`)).toBe('a');
      expect(typed(`${text.slice(at)}q`)).toBe(`${text}q`);
    }
    expect(withoutReplies()(text)).toBe(text);
  });
});

describe('what is typed', () => {
  test.each([
    'jjq',
    'naïve 北京 👩‍👩‍👧',
    E,
    `${E}${E}`,
    `${E}q`,
    `${E}Pq`,
    `${E}]x`,
    `${E}_x`,
    `${E}OA`,
    `${E}[1;5C`,
    `${E}[200~some\r\ntext${E}[201~`,
    '\r',
    '\u0003',
    '\u001a',
  ])('stays as it is: %j', (text) => {
    expect(withoutReplies()(text)).toBe(text);
  });

  test('after Alt and a bracket arrives with the next key, or without it when that comes late', () => {
    let now = 0;
    const typed = withoutReplies(() => now);
    expect(typed(`${E}]`)).toBe('');
    expect(typed('q')).toBe(`${E}]q`);
    expect(typed(`${E}]`)).toBe('');
    now = 5000;
    expect(typed('q')).toBe('q');
  });

  test('is never kept for long by a reply that does not end', () => {
    let now = 0;
    const typed = withoutReplies(() => now);
    expect(typed(`${E}]11;rgb:`)).toBe('');
    now = 900;
    expect(typed('1e')).toBe('');
    now = 1100;
    expect(typed('q')).toBe('q');
    expect(typed(`${E}]11;rgb:\rq`)).toBe(`${E}]11;rgb:\rq`);
  });
});

test('an input without replies is the terminal in all but what it reads', () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => stream });
  const input = quietInput(stream as unknown as NodeJS.ReadStream);
  input.setEncoding('utf8');
  expect(input.isTTY).toBe(true);
  expect(input.setRawMode(true)).toBe(stream);
  expect(input.read()).toBeNull();
  stream.write(`${E}]11;rgb:1e1e/1e1e/2e2e\u0007`);
  stream.write('q');
  expect(input.read()).toBe('q');
  expect(input.read()).toBeNull();
});
