import type { Key } from 'ink';
import { describe, expect, test } from 'vitest';
import { edited } from '../../../../src/ui/tui/edit-text.ts';
import { pastedKeys, readKeys, textOf, typedKeys } from '../../../../src/ui/tui/read-keys.ts';

/** A key as Ink tells it: all of its flags, of which these are set. */
function inkKey(...flags: (keyof Key)[]): Key {
  const names: (keyof Key)[] = [
    ...(['upArrow', 'downArrow', 'leftArrow', 'rightArrow', 'pageDown', 'pageUp', 'home', 'end'] as const),
    ...(['return', 'escape', 'ctrl', 'shift', 'tab', 'backspace', 'delete', 'meta'] as const),
    ...(['super', 'hyper', 'capsLock', 'numLock'] as const),
  ];
  return Object.fromEntries(names.map((name) => [name, flags.includes(name)])) as unknown as Key;
}

describe('a key of Ink', () => {
  test.each([
    ['upArrow', 'up'],
    ['downArrow', 'down'],
    ['leftArrow', 'left'],
    ['rightArrow', 'right'],
    ['pageUp', 'pageup'],
    ['pageDown', 'pagedown'],
    ['home', 'home'],
    ['end', 'end'],
    ['return', 'enter'],
    ['escape', 'escape'],
    ['tab', 'tab'],
    ['backspace', 'backspace'],
    ['delete', 'delete'],
  ] as const)('%s is %s', (flag, key) => {
    expect(readKeys('', inkKey(flag))).toEqual([key]);
  });

  test('Esc is Esc though Ink calls it a meta key', () => {
    expect(readKeys('', inkKey('escape', 'meta'))).toEqual(['escape']);
  });

  test('with Ctrl is named by its letter; with Alt it is that key soon after Esc', () => {
    expect(readKeys('c', inkKey('ctrl'))).toEqual(['ctrl+c']);
    expect(readKeys('f13', inkKey('ctrl'))).toEqual([]);
    expect(readKeys('q', inkKey('meta'))).toEqual(['escape', 'q']);
  });

  test('that is a letter is itself, in its case', () => {
    expect(readKeys('c', inkKey())).toEqual(['c']);
    expect(readKeys('C', inkKey('shift'))).toEqual(['C']);
    expect(readKeys('?', inkKey())).toEqual(['?']);
  });

  test('that came with others, typed fast, is each of them', () => {
    expect(readKeys('jj l', inkKey())).toEqual(['j', 'j', 'space', 'l']);
    expect(readKeys('', inkKey())).toEqual([]);
  });
});

describe('a typed text', () => {
  test('is a key for each character that a person sees', () => {
    expect(typedKeys('a北👩‍👩‍👧🇩🇪é')).toEqual(['a', '北', '👩‍👩‍👧', '🇩🇪', 'é']);
  });

  test('has its line ends as Enter, one for each', () => {
    expect(typedKeys('a\rb\nc\r\nd')).toEqual(['a', 'enter', 'b', 'enter', 'c', 'enter', 'd']);
  });

  test('has blanks, tabs, backspaces and control keys by their names', () => {
    expect(typedKeys(' \t\u007f\b\u0003\u0015')).toEqual([
      'space',
      'tab',
      'backspace',
      'backspace',
      'ctrl+c',
      'ctrl+u',
    ]);
  });

  test('has no key for other control characters', () => {
    expect(typedKeys('\u0000\u001b\u009b\u0085')).toEqual([]);
  });
});

describe('editing', () => {
  test('a character is added at the end, the name of a key is not', () => {
    expect(edited('a', 'b')).toBe('ab');
    expect(edited('a', 'space')).toBe('a ');
    expect(edited('a', '👩‍👩‍👧')).toBe('a👩‍👩‍👧');
    for (const key of ['pageup', 'enter', 'ctrl+x', 'tab', '']) expect(edited('a', key)).toBe('a');
    expect(textOf('left')).toBe('');
  });

  test('backspace and delete take one character, Ctrl-U all', () => {
    expect(edited('ab', 'backspace')).toBe('a');
    expect(edited('ab', 'delete')).toBe('a');
    expect(edited('a👩‍👩‍👧', 'backspace')).toBe('a');
    expect(edited('e\u0301', 'backspace')).toBe('');
    expect(edited('', 'backspace')).toBe('');
    expect(edited('ab', 'ctrl+u')).toBe('');
  });
});

describe('a paste', () => {
  test('types its text on one line, and presses no key that does something', () => {
    expect(pastedKeys('line1\r\nq\u0003\u007f\n')).toEqual([...'line1', 'space', 'q']);
    expect(pastedKeys('kubegram\n')).toEqual([...'kubegram']);
  });
});
