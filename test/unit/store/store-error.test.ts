import { describe, expect, it } from 'vitest';
import { OperationError } from '../../../src/core/errors.ts';
import { storeError } from '../../../src/store/store-error.ts';

const failed = (code: string): Error => Object.assign(new Error(`${code}: said the system`), { code });

describe('a failure of the file system', () => {
  it.each([
    ['ENOSPC', 'disk-full', 'is full'],
    ['EDQUOT', 'disk-full', 'is full'],
    ['EACCES', 'store-failed', 'cannot be written'],
    ['EPERM', 'store-failed', 'cannot be written'],
    ['EROFS', 'store-failed', 'cannot be written'],
    ['EIO', 'store-failed', 'Writing failed in /b: EIO: said the system.'],
  ])('%s is %s', (code, expected, message) => {
    expect(storeError(failed(code), 'Writing', '/b')).toMatchObject({
      code: expected,
      message: expect.stringContaining(message),
      hint: expect.any(String),
      cause: { code },
    });
  });

  it('is told for whatever else was thrown', () => {
    expect(storeError('odd', 'Writing', '/b')).toMatchObject({ message: 'Writing failed in /b: odd.' });
    expect(storeError(null, 'Writing', '/b')).toMatchObject({ message: 'Writing failed in /b: null.' });
  });

  it('passes where it is said already, and where it is an interruption', () => {
    const known = new OperationError('busy', 'Somebody is at work.');
    expect(storeError(known, 'Writing', '/b')).toBe(known);
    const aborted = new DOMException('aborted', 'AbortError');
    expect(storeError(aborted, 'Writing', '/b')).toBe(aborted);
  });
});
