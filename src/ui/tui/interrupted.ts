import { OperationError } from '../../core/errors.ts';

/** Why an operation is given up where a person wants it. */
export function interrupted(): OperationError {
  return new OperationError('interrupted', 'Interrupted.', { hint: 'Nothing was left half done.' });
}
