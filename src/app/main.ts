import { OperationError, reasonOf } from '../core/errors.ts';
import { errorDocument, jsonText } from '../ui/json.ts';
import { terminalAsk } from '../ui/line/ask.ts';
import { progressLine } from '../ui/line/progress.ts';
import { paint } from '../ui/paint.ts';
import { oneLine } from '../ui/plain-text.ts';
import { helpText, readArguments } from './arguments.ts';
import { type Command, type Screen, type Values, variablesOf } from './command.ts';
import { commandTable } from './command-table.ts';
import { listenForInterrupts } from './signals.ts';
import { type Wiring, wire } from './wire.ts';

/**
 * Runs one command line and gives its exit code. Everything that can go wrong is said here, once.
 *
 * @param project The project's folder; where this code lies says nothing: a bundle or linked packages may lie elsewhere.
 */
export async function main([name = '', ...args]: readonly string[], project: string): Promise<number> {
  const load = commandTable[name];
  if (load === undefined) {
    process.stderr.write(`There is no command ${JSON.stringify(name)}.\nType: make\n`);
    return 2;
  }
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endOfPipe);
  const wantsJson = args.includes('--json');
  try {
    const { command } = await load();
    return await runCommand(command, args, project);
  } catch (error) {
    return report(error, wantsJson, undefined);
  }
}

async function runCommand(command: Command, args: readonly string[], project: string): Promise<number> {
  const { values, operand } = readArguments(command, args);
  if (values['help'] === true) {
    process.stdout.write(`${helpText(command)}\n`);
    return 0;
  }
  const face = faceOf(values);
  let screenTaken = false;
  const say = (line: string): void => {
    if (!screenTaken) face.say(line);
  };
  const abandons: (() => void)[] = [];
  const interrupts = listenForInterrupts(say, () => {
    for (const abandon of abandons) abandon();
  });
  const progress = face.progress();
  const screen: Screen = {
    interrupts,
    take: () => {
      screenTaken = true;
    },
    giveBack: () => {
      screenTaken = false;
    },
    abandon: () => {
      for (const abandon of abandons) abandon();
    },
  };
  try {
    const wiring = rememberTargets(wire(variablesOf(command.flags, values), process.env, project), abandons);
    const outcome = await command.run({
      wiring,
      values,
      operand,
      signal: interrupts.signal,
      onProgress: (event) => progress.show(event),
      ask: face.mayAsk ? terminalAsk(interrupts.signal, progress.stop) : undefined,
      paint: paint(face.colour),
      columns: process.stdout.columns || Number.POSITIVE_INFINITY,
      screen: face.hasScreen ? screen : undefined,
      say,
    });
    progress.stop();
    process.stdout.write(face.json ? `${jsonText(outcome.json, 2)}\n` : withLineEnd(outcome.text()));
    if (face.json && outcome.error !== undefined) report(outcome.error, true, undefined);
    if (interrupts.exitCode === undefined || outcome.exitCode !== undefined)
      return outcome.exitCode ?? outcome.error?.exitCode ?? 0;
    face.say('The interruption came when it was already done.');
    return interrupts.exitCode;
  } catch (error) {
    progress.stop();
    return report(error, face.json, interrupts.exitCode);
  } finally {
    interrupts.dispose();
  }
}

function withLineEnd(text: string): string {
  return text === '' ? '' : `${text}\n`;
}

function faceOf(values: Values) {
  const json = values['json'] === true;
  const quiet = json || values['quiet'] === true;
  const dumb = process.env['TERM'] === 'dumb';
  const plain = values['no-color'] === true || Boolean(process.env['NO_COLOR']) || dumb;
  const ci = Boolean(process.env['CI']);
  return {
    json,
    colour: !plain && !json && process.stdout.isTTY === true,
    hasScreen: !quiet && !dumb && !ci && process.stdin.isTTY === true && process.stdout.isTTY === true,
    mayAsk: !json && process.stdin.isTTY === true && process.stderr.isTTY === true && !ci,
    say: (line: string): void => {
      if (!json) process.stderr.write(`${line}\n`);
    },
    progress: () =>
      quiet
        ? { show: () => {}, stop: () => {} }
        : progressLine(process.stderr.isTTY === true && !plain && !ci, (line) =>
            process.stderr.write(`${line}\n`),
          ),
  };
}

function rememberTargets(wiring: Wiring, abandons: (() => void)[]): Wiring {
  return {
    ...wiring,
    connect: async (signal, purpose) => {
      const { target, ...ports } = await wiring.connect(signal, purpose);
      const connect: typeof target.connect = (request) => {
        abandons.push(() => target.abandon());
        return target.connect(request);
      };
      // A look alone has nothing to be abandoned, and a menu looks thousands of times.
      return { ...ports, target: { ...target, connect } };
    },
  };
}

function report(error: unknown, json: boolean, interrupted: number | undefined): number {
  const known = asOperationError(error, interrupted);
  const exitCode = interrupted ?? known.exitCode;
  if (json) process.stderr.write(`${jsonText(errorDocument(known, exitCode))}\n`);
  else
    for (const line of [known.message, known.hint ?? ''])
      if (line) process.stderr.write(`${oneLine(line)}\n`);
  if (process.env['KUBEGRAM_DEBUG'])
    for (const line of String(error instanceof Error ? error.stack : error).split('\n'))
      process.stderr.write(`${oneLine(line)}\n`);
  return exitCode;
}

function asOperationError(error: unknown, interrupted: number | undefined): OperationError {
  const gaveUp =
    error instanceof Error && ['ExitPromptError', 'AbortPromptError', 'AbortError'].includes(error.name);
  if (interrupted !== undefined || gaveUp) {
    return new OperationError('interrupted', 'Interrupted.', {
      hint: 'Nothing was left half done.',
      cause: error,
    });
  }
  if (error instanceof OperationError) return error;
  return new OperationError('failed', `Something went wrong that should not: ${reasonOf(error)}`, {
    hint: 'Please report it, with what KUBEGRAM_DEBUG=1 prints before the same command.',
    cause: error,
  });
}

/** A reader that has had enough (`| head`), or a closed window, is no failure of ours, and no reason to stop in the middle. */
function endOfPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
}
