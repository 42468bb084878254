/**
 * The registry of what can go wrong: each code with the exit code it ends a command with (SPEC 2).
 * Scripts may rely on both; the wording of messages may change.
 */
export const exitCodes = {
  failed: 1,
  'dump-failed': 1,
  'restore-failed': 1,
  'swap-failed': 1,
  'store-failed': 1,
  'disk-full': 1,
  usage: 2,
  configuration: 2,
  refused: 2,
  'confirmation-needed': 2,
  unreachable: 3,
  'backup-missing': 4,
  'backup-unverified': 4,
  busy: 5,
  timeout: 6,
  interrupted: 130,
} as const;

export type ErrorCode = keyof typeof exitCodes;

interface ErrorDetails {
  /** One sentence: what to type or do next. */
  hint?: string;
  cause?: unknown;
}

/** The one error that operations throw: one sentence for a person, a code for a program. */
export class OperationError extends Error {
  override readonly name = 'OperationError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
  }

  get exitCode(): number {
    return exitCodes[this.code];
  }
}

/** The first line of whatever was thrown, for use inside another sentence. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? '';
}
