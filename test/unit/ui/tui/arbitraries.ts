import fc from 'fast-check';
import { backupReasons, proofLevels } from '../../../../src/core/manifest.ts';
import type { BackupSet } from '../../../../src/core/ports/store.ts';
import { bindings, menuItems } from '../../../../src/ui/tui/keys.ts';
import type { Job, MenuState, Question, ResultLine } from '../../../../src/ui/tui/state.ts';
import type { Event } from '../../../../src/ui/tui/update.ts';
import {
  clearing,
  clearPreview,
  down,
  job,
  look,
  lost,
  now,
  numberedSet,
  restorePreview,
  state,
  target,
  undoing,
} from './states.ts';

/** What a person, a server or an attacker may have named something. */
const pieces = [
  'users',
  '北京',
  'ユーザー表',
  '👩‍👩‍👧',
  '🇩🇪',
  '🇦',
  'กำนำ',
  '👍🏽',
  'e\u0301',
  'ﷺ',
  'שלום',
  '\u202eevil\u202c',
  '\u2066x\u2069',
  '\u001b[2J\u001b[31m',
  '\u001b]0;title\u0007',
  '\u009b31m',
  '\r\n',
  '\t',
  '\u0000',
  '\u2028',
  '\u200b',
  '\ufeff',
  '\ud800',
  '"quoted"',
  ' ',
  'x'.repeat(300),
  '北'.repeat(300),
] as const;

export const hostileName: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 4 })
  .map((parts) => parts.join(''));

const columns = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(1, 20, 59, 60, 80, 109, 110, 200));
const rows = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(1, 8, 16, 20, 24, 60));
const count = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(0, 1, 500));

const backup: fc.Arbitrary<(sequence: number) => BackupSet> = fc
  .record({
    strange: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    name: hostileName,
    note: hostileName,
    rows: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.constant(Number.MAX_SAFE_INTEGER)),
    pinned: fc.boolean(),
    level: fc.constantFrom(...proofLevels),
    reason: fc.constantFrom(...backupReasons),
    tables: fc.array(fc.record({ schema: hostileName, name: hostileName, rows: fc.nat() }), { maxLength: 4 }),
  })
  .map(({ strange, name, rows: total, level, ...rest }) => (sequence: number): BackupSet => {
    const set = numberedSet(sequence, {
      database: sequence % 3 === 0 ? name : 'kubegram',
      total_records: total,
      size_bytes: total,
      verification: { level, at: '2026-02-08T20:28:47Z' },
      ...rest,
    });
    if (!strange) return set;
    return { state: 'unverifiable', id: `${set.id}${name}`, dataFile: name, sizeBytes: total, because: name };
  });

/** Hundreds of sets are cut out of a few. */
const sets: fc.Arbitrary<BackupSet[]> = fc
  .tuple(fc.array(backup, { minLength: 1, maxLength: 6 }), count)
  .map(([kinds, many]) =>
    Array.from({ length: many }, (_, at) => kinds[at % kinds.length]?.(many - at)).filter(
      (set) => set !== undefined,
    ),
  );

const looks: fc.Arbitrary<MenuState['look']> = fc
  .record({ name: hostileName, tables: count, exists: fc.boolean(), kind: fc.nat(9), undo: fc.boolean() })
  .map(({ name, tables, exists, kind, undo }) => {
    if (kind === 0) return null;
    if (kind === 1) return { ...lost(), database: name };
    const table = { schema: name, name, columns: [], estimatedRows: null, sizeBytes: 5, extension: null };
    const { undoPoint } = target();
    return look({
      database: kind < 5 ? name : 'kubegram',
      container: kind < 5 ? name : null,
      target: target({
        exists,
        undoPoint: undo ? undoPoint : null,
        tables: Array.from({ length: tables }, () => table),
      }),
    });
  });

const jobs: fc.Arbitrary<Job | null> = fc.option(
  fc
    .record({
      title: hostileName,
      quick: fc.boolean(),
      done: fc.array(fc.constant({ phase: 'Dumping', ms: 12 }), { maxLength: 9 }),
      cancelling: fc.boolean(),
      bytes: fc.nat(),
      share: fc.option(fc.double({ min: 0, max: 0.99, noNaN: true }), { nil: undefined }),
    })
    .map(({ bytes, share, ...rest }) =>
      job({
        ...rest,
        progress: { phase: 'Dumping', bytes, rows: 3, parts: { done: 2, of: 7 } },
        pace: { rate: 12, share, secondsLeft: 3 },
      }),
    ),
);

const lines: fc.Arbitrary<ResultLine> = fc.record({
  kind: fc.constantFrom('good', 'bad', 'plain'),
  text: hostileName,
  notes: fc.array(hostileName, { maxLength: 8 }),
});

const dangerous = fc.oneof(
  fc.constant(undoing()),
  fc
    .record({ everything: fc.boolean(), tables: count, name: hostileName })
    .map(({ everything, tables, name }) => ({
      ...clearing(everything),
      do: 'clear' as const,
      everything,
      preview: {
        ...clearPreview(tables),
        database: name,
        kept: [{ schema: name, name, rows: 1 }],
      },
    })),
  fc.record({ tables: count, name: hostileName }).map(({ tables, name }) => ({
    do: 'restore' as const,
    id: name,
    preview: { ...restorePreview(numberedSet(1), tables), database: name },
  })),
);

const questions: fc.Arbitrary<Question | null> = fc.option(
  fc.oneof(
    fc.record({ ask: fc.constant('note' as const), typed: hostileName }),
    fc.record({
      ask: fc.constant('name' as const),
      about: dangerous,
      typed: hostileName,
      wrong: fc.boolean(),
      scroll: fc.oneof(fc.constant(0), fc.nat(600)),
    }),
    fc.record({ ask: fc.constant('delete' as const), id: hostileName }),
    fc.constant({ ask: 'quit' as const }),
  ),
);

export const anyState: fc.Arbitrary<MenuState> = fc
  .record({
    columns,
    rows,
    place: fc.constantFrom('menu', 'backups', 'details', 'status', 'help'),
    before: fc.constantFrom('menu', 'backups', 'details', 'status'),
    look: looks,
    sets: fc.option(sets, { freq: 8 }),
    item: fc.nat(menuItems.length - 1),
    at: fc.nat(500),
    choosing: fc.boolean(),
    sort: fc.constantFrom('age', 'size', 'rows'),
    filter: fc.oneof({ weight: 3, arbitrary: fc.constant('') }, hostileName),
    filtering: fc.boolean(),
    scroll: fc.oneof(fc.constant(0), fc.nat(600)),
    question: questions,
    job: jobs,
    results: fc.array(lines, { maxLength: 2 }),
    notice: fc.option(lines),
  } as const)
  .map(({ at, ...rest }) => state({ ...rest, chosen: rest.sets?.[at]?.id ?? null }));

const key: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...bindings.flatMap(({ keys }) => keys)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('enter', 'tab', 'backspace', 'ctrl+u', 'y', 'n', 'right', 'ctrl+z'),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }) },
  { weight: 1, arbitrary: hostileName },
);

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ on: fc.constant('resized' as const), columns, rows }),
  sets.map((listed) => ({ on: 'listed' as const, sets: listed })),
  looks.map((seen) => ({
    on: 'looked' as const,
    look: seen ?? look({ unreachable: down, target: null }),
    now,
  })),
  fc.record({ on: fc.constant('previewed' as const), about: dangerous }),
  fc.record({
    on: fc.constant('started' as const),
    title: hostileName,
    quick: fc.boolean(),
    now: fc.constant(now),
  }),
  fc.record({ on: fc.constant('ended' as const), result: fc.option(lines) }),
);

/** What may happen to a menu, one after another: mostly keys. */
export const anyHappenings: fc.Arbitrary<(string | Event)[]> = fc.array(
  fc.oneof({ weight: 4, arbitrary: key }, { weight: 1, arbitrary: event }),
  { maxLength: 25 },
);
