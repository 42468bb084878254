import { parseArgs } from 'node:util';

export const groups = ['backup', 'restore', 'swap', 'clear', 'status', 'menu', 'progress'] as const;
export type Group = (typeof groups)[number];

export interface Arguments {
  sizes: number[];
  server: number;
  rounds: number;
  groups: Group[];
  /** All groups in enough rounds: such a result is kept. */
  whole: boolean;
}

const enoughRounds = 5;

/** @throws Error in one sentence, where they are wrong. */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      server: { type: 'string', default: '17' },
      rounds: { type: 'string', default: String(enoughRounds) },
      only: { type: 'string', default: groups.join(',') },
    },
  });
  const wanted = values.only.split(',');
  const unknown = wanted.find((name) => !groups.some((group) => group === name));
  if (unknown !== undefined) throw new Error(`There is no group ${unknown}; there are ${groups.join(', ')}.`);
  const chosen = groups.filter((group) => wanted.includes(group));
  const rounds = wholeNumber('--rounds', values.rounds);
  return {
    sizes: (positionals.length === 0 ? ['600'] : positionals).map((size) => wholeNumber('A size', size)),
    server: wholeNumber('--server', values.server),
    rounds,
    groups: chosen,
    whole: chosen.length === groups.length && rounds >= enoughRounds,
  };
}

function wholeNumber(what: string, text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new Error(`${what} is a whole number, not ${text}.`);
  return Number(text);
}
