import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../../src/ui/line/table.ts';

describe('columns', () => {
  it('stand below their titles, numbers to the right', () => {
    const text = columnsOf(
      ['TABLE', 'ROWS'],
      [
        ['users', '7'],
        ['a', '1 000'],
      ],
      [1],
    );
    expect(text).toBe('TABLE   ROWS\nusers      7\na      1 000');
  });

  it('begin with the first row where no column has a title', () => {
    expect(columnsOf(['', ''], [['ok', 'target']])).toBe('ok  target');
  });
});
