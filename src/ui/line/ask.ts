import type { BackupSet } from '../../core/ports/store.ts';

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
  const context = { output: process.stderr, signal };
  const prompts = (): Promise<typeof import('@inquirer/prompts')> => {
    before();
    return import('@inquirer/prompts');
  };
  return {
    typedName: async (message) => (await prompts()).input({ message }, context),
    yes: async (message) => (await prompts()).confirm({ message, default: false }, context),
    choose: async (message, sets, describe) => {
      const choices = sets.map((set) => ({ name: describe(set), value: set }));
      return (await prompts()).select({ message, choices, pageSize: 12, loop: false }, context);
    },
  };
}
