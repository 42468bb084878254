import type { BackupSet } from '../../core/ports/store.ts';

type Prompts = typeof import('@inquirer/prompts');
type PromptContext = { output: NodeJS.WritableStream; signal: AbortSignal };

/** The questions of line mode. Each rejects with `interrupted` where the person gives up. */
export interface Ask {
  /** The typed text, which the operation compares with the database's name. */
  typedName(question: string): Promise<string>;
  yes(question: string): Promise<boolean>;
  choose(
    question: string,
    sets: readonly BackupSet[],
    describe: (set: BackupSet) => string,
  ): Promise<BackupSet>;
}

/**
 * Questions on the terminal, on standard error: standard output is for results.
 *
 * @param before Is called before each question: a spinner and a question do not share a line.
 */
export function terminalAsk(signal: AbortSignal, before: () => void): Ask {
  const asking = async <T>(ask: (prompts: Prompts, context: PromptContext) => Promise<T>): Promise<T> => {
    before();
    const inputEnded = new AbortController();
    // After the end of the input nothing keeps the process alive that waits for an answer.
    const giveUp = (): void => inputEnded.abort();
    process.once('beforeExit', giveUp);
    try {
      const either = AbortSignal.any([signal, inputEnded.signal]);
      return await ask(await import('@inquirer/prompts'), { output: process.stderr, signal: either });
    } finally {
      process.off('beforeExit', giveUp);
    }
  };
  return {
    typedName: (message) => asking((prompts, context) => prompts.input({ message }, context)),
    yes: (message) => asking((prompts, context) => prompts.confirm({ message, default: false }, context)),
    choose: (message, sets, describe) => {
      const choices = sets.map((set) => ({ name: describe(set), value: set }));
      return asking((prompts, context) =>
        prompts.select({ message, choices, pageSize: 12, loop: false }, context),
      );
    },
  };
}
