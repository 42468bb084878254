import { describe, expect, it } from 'vitest';
import { commonFlags, helpText, readArguments } from '../../../src/app/arguments.ts';
import { type Command, flagText, variablesOf } from '../../../src/app/command.ts';
import { commandTable } from '../../../src/app/command-table.ts';

const command = (changes: Partial<Command> = {}): Command => ({
  name: 'verify',
  summary: 'proves a backup',
  usage: ['npm run backup:verify -- BACKUP', 'make verify'],
  operand: { name: 'BACKUP', required: true },
  flags: {
    deep: { type: 'boolean', short: 'd', help: 'restore it' },
    note: { type: 'string', value: 'TEXT', help: 'a note' },
  },
  run: async () => ({ json: null, text: () => '' }),
  ...changes,
});

const refused = (message: string) =>
  expect.objectContaining({
    code: 'usage',
    exitCode: 2,
    message,
    hint: 'See: npm run backup:verify -- --help',
  });

describe('the arguments of a command', () => {
  it('takes only the values that a flag is for, and gives those that stand for a variable', () => {
    const format = {
      type: 'string',
      help: 'how',
      among: ['plain', 'zstd'],
      variable: 'BACKUP_FORMAT',
    } as const;
    const formed = command({ flags: { ...command().flags, format } });
    const { values } = readArguments(formed, ['x', '--format', 'zstd', '--note=n']);
    expect(variablesOf(formed.flags, values)).toEqual({ BACKUP_FORMAT: 'zstd' });
    expect(() => readArguments(formed, ['x', '--format=zip'])).toThrow(
      refused('--format takes plain or zstd, not "zip".'),
    );
  });

  it('are its flags, the common ones and its operand, in any order', () => {
    const { values, operand } = readArguments(command(), [
      '-d',
      'latest',
      '--note=a b',
      '--json',
      '-q',
      '--no-color',
    ]);
    expect(operand).toBe('latest');
    expect({ ...values }).toEqual({ deep: true, note: 'a b', json: true, quiet: true, 'no-color': true });
    expect([flagText(values, 'note'), flagText(values, 'deep'), flagText(values, 'none')]).toEqual([
      'a b',
      undefined,
      undefined,
    ]);
  });

  it('may name an operand that looks like a flag after --', () => {
    expect(readArguments(command(), ['--', '--deep']).operand).toBe('--deep');
  });

  it.each([
    [['--nonsense', 'x'], "Unknown option '--nonsense'."],
    [['-x', 'x'], "Unknown option '-x'."],
    [['--deep=1', 'x'], "Option '-d, --deep' does not take an argument."],
    [['x', '--note'], "Option '--note <value>' argument missing."],
    [['x', '--note', '--deep'], "Option '--note' argument is ambiguous."],
    [['a', 'b'], 'One BACKUP was expected, and 2 were given.'],
    [['a', 'b', 'c'], 'One BACKUP was expected, and 3 were given.'],
    [[], 'Which backup? None was named.'],
    [['--json'], 'Which backup? None was named.'],
  ])('%j are refused in one sentence', (args, message) => {
    expect(() => readArguments(command(), args)).toThrow(refused(message));
  });

  it('need no operand beside --help, nor where it may be left out', () => {
    expect(readArguments(command(), ['-h']).values['help']).toBe(true);
    expect(
      readArguments(command({ operand: { name: 'BACKUP', required: false } }), []).operand,
    ).toBeUndefined();
  });

  it('have no operand where the command takes none', () => {
    const { operand: _, ...plain } = command();
    expect(readArguments(plain, []).operand).toBeUndefined();
    expect(() => readArguments(plain, ['x'])).toThrow(refused('verify takes no "x".'));
  });

  it('are explained by the command itself where it has no usage line', () => {
    expect(() => readArguments(command({ usage: [] }), [])).toThrow(
      expect.objectContaining({ hint: 'See: npm run verify -- --help' }),
    );
  });
});

describe('the help of a command', () => {
  it('says what it does, how it is typed, each flag, and the exit codes', () => {
    const help = helpText(command());
    expect(help).toContain('verify: proves a backup');
    expect(help).toContain('  npm run backup:verify -- BACKUP\n  make verify');
    expect(help).toContain('  BACKUP: an id, a file name');
    expect(help).toContain('  -d, --deep                 restore it');
    expect(help).toContain('  --note=TEXT                a note');
    for (const name of Object.keys(commonFlags)) expect(help).toContain(`--${name}`);
    expect(help).toContain('Exit codes: 0 done');
  });

  it('says nothing of an operand where there is none', () => {
    const { operand: _, ...plain } = command();
    expect(helpText(plain)).not.toContain('BACKUP: an id');
  });

  it.each(Object.keys(commandTable))(
    'of %s fits a terminal of 120 columns and names its own words',
    async (name) => {
      const load = commandTable[name];
      if (load === undefined) throw new Error(`There is no command ${name}.`);
      const loaded = (await load()).command;
      const help = helpText(loaded);
      expect(loaded.name).toBe(name);
      for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
      for (const flag of Object.keys(loaded.flags)) expect(help).toContain(`--${flag}`);
      expect(readArguments(loaded, ['--help']).values['help']).toBe(true);
    },
  );
});
