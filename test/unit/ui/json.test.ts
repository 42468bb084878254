import { expect, test } from 'vitest';
import { OperationError } from '../../../src/core/errors.ts';
import { errorDocument, toJson } from '../../../src/ui/json.ts';

test('keys become snake_case at every depth; values stay', () => {
  const result = {
    undoPoint: { sizeBytes: 1, of: [{ estimatedRows: null }] },
    backup_id: 'camelCase stays',
    exact: true,
  };
  expect(toJson(result)).toEqual({
    undo_point: { size_bytes: 1, of: [{ estimated_rows: null }] },
    backup_id: 'camelCase stays',
    exact: true,
  });
  expect(toJson(null)).toBeNull();
  expect(toJson([])).toEqual([]);
  expect(toJson('text')).toBe('text');
});

test('an error inside a result is the error document', () => {
  const error = new OperationError('unreachable', 'Nobody is there.', { hint: 'Type: something' });
  const document = {
    code: 'unreachable',
    exit_code: 3,
    message: 'Nobody is there.',
    hint: 'Type: something',
  };
  expect(toJson({ unreachable: error })).toEqual({ unreachable: document });
  expect(errorDocument(error)).toEqual({ error: document });
});

test('an error has all of its keys, and the exit code of a signal where one came', () => {
  const { error } = errorDocument(new OperationError('interrupted', 'Interrupted.'), 143);
  expect(error).toEqual({ code: 'interrupted', exit_code: 143, message: 'Interrupted.', hint: null });
});
