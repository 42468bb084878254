import type { ParseArgsOptionDescriptor } from 'node:util';
import type { OperationError } from '../core/errors.ts';
import type { Progress } from '../core/progress.ts';
import type { Ask } from '../ui/line/ask.ts';
import type { Paint } from '../ui/paint.ts';
import type { Interrupts } from './signals.ts';
import type { Wiring } from './wire.ts';

/** A flag as parseArgs takes it, with its line in the help. */
export type Flag = ParseArgsOptionDescriptor & {
  help: string;
  value?: string;
  /** The only values that it takes. */
  among?: readonly string[];
  /** The variable of the configuration that it stands for, and wins over. */
  variable?: string;
};

export type Values = Record<string, string | boolean | undefined>;

/** The terminal as a whole, for the menu: while it is taken nobody else writes on it. */
export interface Screen {
  take(): void;
  giveBack(): void;
  readonly interrupts: Interrupts;
  /** Ends on the server what was started, without waiting. */
  abandon(): void;
}

/** What a command works with, once its arguments are read. */
export interface Context {
  wiring: Wiring;
  values: Values;
  /** The operand, where the command takes one. */
  operand: string | undefined;
  signal: AbortSignal;
  onProgress(progress: Progress): void;
  /** Undefined where no question may be asked: no terminal, or JSON was wanted. */
  ask: Ask | undefined;
  paint: Paint;
  /** How wide the terminal is; without one there is no limit. */
  columns: number;
  /** Undefined where no menu can be shown: no terminal, a dumb one, CI, or --json or --quiet. */
  screen: Screen | undefined;
  /** A line for the person at the terminal, on standard error. */
  say(line: string): void;
}

export interface Outcome {
  /** The result as one JSON document. */
  json: unknown;
  /** The same for a person, made where one reads it: a table takes 10 ms to draw. */
  text(): string;
  /** What the command ends with, where that is not told by an error. */
  exitCode?: number;
  /** What keeps a result from being the whole one; its document goes to standard error beside the result. */
  error?: OperationError;
}

/** One command: its words, its flags, and the one operation that it calls. */
export interface Command {
  name: string;
  summary: string;
  /** How people type it, for the help. */
  usage: readonly string[];
  operand?: { name: string; required: boolean };
  flags: Record<string, Flag>;
  run(context: Context): Promise<Outcome>;
}

/** What flags say of the configuration. */
export function variablesOf(flags: Command['flags'], values: Values): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(flags).flatMap(([name, { variable }]) =>
      variable === undefined ? [] : [[variable, flagText(values, name)]],
    ),
  );
}

export function flagText(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}
