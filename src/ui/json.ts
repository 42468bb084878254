import { OperationError } from '../core/errors.ts';

/** A result with the keys of JSON documents: snake_case, as the metadata of a backup has them. */
export function toJson(value: unknown): unknown {
  if (value instanceof OperationError) return errorDocument(value).error;
  if (Array.isArray(value)) return value.map(toJson);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [snakeCase(key), toJson(inner)]));
}

/** As text; what a terminal would obey stands in it as an escape, which means the same to whoever reads JSON. */
export function jsonText(value: unknown, indent?: number): string {
  const obeyed = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;
  const escaped = (found: string): string => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, indent).replaceAll(obeyed, escaped);
}

/** An error as the one JSON document on standard error. */
export function errorDocument(error: OperationError, exitCode = error.exitCode) {
  const { code, message, hint } = error;
  return { error: { code, exit_code: exitCode, message, hint: hint ?? null } };
}

function snakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
