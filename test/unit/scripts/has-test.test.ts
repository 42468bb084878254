import { describe, expect, it } from 'vitest';
import { hasTest } from '../../../scripts/reliability/has-test.ts';

describe('a proof of RELIABILITY.md', () => {
  it.each([
    "test('a title', async () => {});",
    "  it('a title', () => {});",
    "test(\n  'a title',\n  async () => {},\n);",
    "test.each([1, 2])('a title', () => {});",
    "test.each<[string, number]>([\n  ['x', 1],\n])('a title', () => {});",
  ])('is there: %j', (text) => {
    expect(hasTest(`import x;\n${text}\n`, 'a title')).toBe(true);
  });

  it.each([
    "// test('a title', async () => {});",
    "test.skip('a title', async () => {});",
    "test.todo('a title');",
    "it.skip.each([1])('a title', () => {});",
    "const name = 'a title';",
    "expect(titleOf('a title')).toBe(1);",
    "test('another title', () => {});",
  ])('is not there: %j', (text) => {
    expect(hasTest(`import x;\n${text}\n`, 'a title')).toBe(false);
  });
});
