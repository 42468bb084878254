import { parseArgs } from 'node:util';
import { OperationError, reasonOf } from '../core/errors.ts';
import { inWords } from '../core/format.ts';
import type { Command, Flag, Values } from './command.ts';

/** The flags that every command takes. */
export const commonFlags: Record<string, Flag> = {
  help: { type: 'boolean', short: 'h', help: 'show this help' },
  json: { type: 'boolean', help: 'print one JSON document and nothing else' },
  quiet: { type: 'boolean', short: 'q', help: 'print no progress and no notes' },
  'no-color': { type: 'boolean', help: 'print without colours' },
};

export interface Arguments {
  values: Values;
  operand: string | undefined;
}

/** @throws OperationError `usage`, saying what was wrong. */
export function readArguments(command: Command, args: readonly string[]): Arguments {
  const options = Object.fromEntries(
    Object.entries({ ...commonFlags, ...command.flags }).map(([name, { type, short }]) => [
      name,
      short === undefined ? { type } : { type, short },
    ]),
  );
  let parsed: { values: Values; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true }) as typeof parsed;
  } catch (error) {
    throw wrong(command, `${reasonOf(error).split(/\.( |$)/, 1)[0]}.`);
  }
  const { values, positionals } = parsed;
  const [operand, another] = positionals;
  if (operand !== undefined && command.operand === undefined)
    throw wrong(command, `${command.name} takes no ${JSON.stringify(operand)}.`);
  if (another !== undefined)
    throw wrong(command, `One ${command.operand?.name} was expected, and ${positionals.length} were given.`);
  if (operand === undefined && command.operand?.required && values['help'] !== true) {
    throw wrong(command, `Which ${command.operand.name.toLowerCase()}? None was named.`);
  }
  for (const [name, { among }] of Object.entries(command.flags)) {
    const value = values[name];
    if (among !== undefined && typeof value === 'string' && !among.includes(value))
      throw wrong(command, `--${name} takes ${inWords(among)}, not ${JSON.stringify(value)}.`);
  }
  return { values, operand };
}

/** The help of one command, from its own declaration. */
export function helpText(command: Command): string {
  const flags = Object.entries({ ...command.flags, ...commonFlags }).map(([name, flag]) => {
    const short = flag.short === undefined ? '' : `-${flag.short}, `;
    return `  ${`${short}--${name}${flag.value === undefined ? '' : `=${flag.value}`}`.padEnd(26)} ${flag.help}`;
  });
  const operand = command.operand
    ? [
        '',
        `  ${command.operand.name}: an id, a file name, a path inside the backup folder, latest, or the beginning of an id`,
      ]
    : [];
  return [
    `${command.name}: ${command.summary}`,
    '',
    'Usage:',
    ...command.usage.map((line) => `  ${line}`),
    ...operand,
    '',
    'Flags (after -- with npm; in ARGS="…" with make):',
    ...flags,
    '',
    'Exit codes: 0 done, 1 failed, 2 wrong usage or refused, 3 nothing to reach,',
    '  4 backup missing or not verified, 5 another operation is at work, 6 time limit, 130/143 interrupted',
  ].join('\n');
}

function wrong(command: Command, message: string): OperationError {
  return new OperationError('usage', message, {
    hint: `See: ${typed(command)} -- --help`,
  });
}

/** The command as npm takes it, without its operands and flags. */
function typed({ name, usage }: Command): string {
  const line = usage.find((one) => one.startsWith('npm run ')) ?? `npm run ${name}`;
  return line.split(' ').slice(0, 3).join(' ');
}
