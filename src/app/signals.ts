import { OperationError } from '../core/errors.ts';

const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * A Ctrl-C under npm arrives twice within milliseconds: from the terminal, and once more from npm, which
 * passes it on. What comes this soon after the first is the same one.
 */
const echoMs = 300;

export interface Interrupts {
  readonly signal: AbortSignal;
  /** The exit code of the signal that came; undefined where none did. */
  readonly exitCode: number | undefined;
  dispose(): void;
}

/**
 * Turns signals into an abort: the first gives the operation up in good order, the second ends the process
 * at once, after `abandon` has seen to it that nothing stays behind in the container.
 *
 * @param say Tells the person what is going on.
 */
export function listenForInterrupts(say: (line: string) => void, abandon: () => void): Interrupts {
  const controller = new AbortController();
  let exitCode: number | undefined;
  let cameAt = 0;
  const listeners = Object.entries(signals).map(([name, code]) => {
    const listener = (): void => {
      if (exitCode !== undefined && performance.now() - cameAt < echoMs) return;
      if (exitCode !== undefined) {
        abandon();
        process.exit(exitCode);
      }
      exitCode = code;
      cameAt = performance.now();
      say('Giving up in good order … (once more to end at once)');
      controller.abort(
        new OperationError('interrupted', 'Interrupted.', { hint: 'Nothing was left half done.' }),
      );
    };
    process.on(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    dispose: () => {
      for (const { name, listener } of listeners) process.off(name, listener);
    },
  };
}
