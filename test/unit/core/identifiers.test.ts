import { describe, expect, it } from 'vitest';
import {
  lineIdentifier,
  quoteIdentifier,
  quoteLiteral,
  tableIdentifier,
} from '../../../src/core/identifiers.ts';

describe('an identifier', () => {
  it.each(['users', '_x', 'a1', 'a$b', 'name', 'type', 'key', 'values', 'migrations'])(
    '%s is written bare',
    (name) => {
      expect(quoteIdentifier(name)).toBe(name);
    },
  );

  it.each([
    ['user', '"user"'],
    ['order', '"order"'],
    ['select', '"select"'],
    ['system_user', '"system_user"'],
    ['tablesample', '"tablesample"'],
    ['left', '"left"'],
    ['with', '"with"'],
    ['all', '"all"'],
    ['', '""'],
    ['Users', '"Users"'],
    ['1a', '"1a"'],
    ['$a', '"$a"'],
    ['a b', '"a b"'],
    ['a.b', '"a.b"'],
    ['a-b', '"a-b"'],
    ['é', '"é"'],
    ['a"b', '"a""b"'],
    ['"; DROP TABLE x; --', '"""; DROP TABLE x; --"'],
    ["a'b", '"a\'b"'],
    ['a\\b', '"a\\b"'],
    ['a\n', '"a\n"'],
  ])('%j is written in quotes', (name, sql) => {
    expect(quoteIdentifier(name)).toBe(sql);
  });

  it.each([
    ['users', 'users'],
    ['A b', '"A b"'],
    ['a\\b', '"a\\b"'],
    ['a\nb', 'U&"a\\000Ab"'],
    ['\x7f', 'U&"\\007F"'],
    ['\x85', 'U&"\\0085"'],
    ['\u2028\u2029', 'U&"\\2028\\2029"'],
    ['a\t"\\é🐘', 'U&"a\\0009""\\\\é🐘"'],
    ['\r\n\r\n', 'U&"\\000D\\000A\\000D\\000A"'],
  ])('%j stays on one line', (name, sql) => {
    expect(lineIdentifier(name)).toBe(sql);
    expect(lineIdentifier(name)).toBe(sql);
  });

  it('of a table has its schema before it, each part written by itself', () => {
    expect(tableIdentifier({ schema: 'public', name: 'users' })).toBe('public.users');
    expect(tableIdentifier({ schema: 'a.b', name: 'c\nd' })).toBe('"a.b".U&"c\\000Ad"');
  });
});

describe('a literal', () => {
  it.each([
    ['', "''"],
    ['text', "'text'"],
    ["it's", "'it''s'"],
    ['a\\b', "E'a\\\\b'"],
    ["\\'", "E'\\\\'''"],
    ["'; DROP TABLE x; --", "'''; DROP TABLE x; --'"],
    ['a\nb', "'a\nb'"],
  ])('of %j means the same with standard_conforming_strings on and off', (text, sql) => {
    expect(quoteLiteral(text)).toBe(sql);
  });
});
