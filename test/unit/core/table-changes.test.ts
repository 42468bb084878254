import { describe, expect, it } from 'vitest';
import { tableChanges } from '../../../src/core/table-changes.ts';

const table = (name: string, rows: number, schema = 'public') => ({ schema, name, rows });

describe('what differs between two states', () => {
  it('is each table whose count changed, that came, or that went, by name', () => {
    const before = [table('users', 150), table('sessions', 3), table('same', 1), table('empty', 0)];
    const after = [table('zebras', 0), table('users', 148), table('same', 1), table('b', 1, 'app')];
    expect(tableChanges(before, after)).toEqual([
      { schema: 'app', name: 'b', before: null, after: 1 },
      { schema: 'public', name: 'empty', before: 0, after: null },
      { schema: 'public', name: 'sessions', before: 3, after: null },
      { schema: 'public', name: 'users', before: 150, after: 148 },
      { schema: 'public', name: 'zebras', before: null, after: 0 },
    ]);
  });

  it('is nothing between equal states, in whatever order they are told', () => {
    const tables = [table('a', 1), table('b', 2)];
    expect(tableChanges(tables, tables.toReversed())).toEqual([]);
    expect(tableChanges([], [])).toEqual([]);
  });

  it('does not mix up names that look alike once they are joined', () => {
    expect(tableChanges([table('b.c', 1, 'a')], [table('c', 1, 'a.b')])).toHaveLength(2);
  });
});
