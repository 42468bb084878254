import { describe, expect, it } from 'vitest';
import { heaviestFirst, nextBuild, weigh } from '../../../../src/core/dump/index-build.ts';

const build = (name: string, alone = false) => ({ table: { schema: 's', name }, alone, method: 'btree' });

describe('the order of index builds', () => {
  it('is the heaviest first, and equals as they stand in the dump', () => {
    const [light, equal, heavy] = [weigh(build('a'), 3), weigh(build('b'), 3), weigh(build('c'), 4)];
    expect(heaviestFirst([light, equal, heavy])).toEqual([heavy, light, equal]);
  });

  it('lets several work at one table, but nothing beside what locks it', () => {
    const [index, key, other] = [build('t'), build('t', true), build('u', true)];
    expect(nextBuild([index, key], [index])).toBe(index);
    expect(nextBuild([key, other], [index])).toBe(other);
    expect(nextBuild([index, key], [key])).toBeUndefined();
    expect(nextBuild([], [])).toBeUndefined();
  });
});
