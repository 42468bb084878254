import { OperationError } from '../../core/errors.ts';

/** Reads a JSON document that a tool printed. A tool that ended well may still not have been heard to its end. */
export function parseAnswer<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw cutShort(error);
  }
}

export function cutShort(cause: unknown): OperationError {
  return new OperationError('unreachable', 'The answer of the database server was cut short.', {
    hint: 'Try again. If it stays, look at the Docker engine and at the log of the container.',
    cause,
  });
}
