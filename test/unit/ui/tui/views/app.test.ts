import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { BackupSet } from '../../../../../src/core/ports/store.ts';
import { menuController } from '../../../../../src/ui/tui/controller.ts';
import { type Intent, menuItems } from '../../../../../src/ui/tui/keys.ts';
import { widthOf } from '../../../../../src/ui/tui/line.ts';
import type { MenuState, Place } from '../../../../../src/ui/tui/state.ts';
import { someOf } from '../../../../support/soak.ts';
import { hostile, raw } from '../../line/sets.ts';
import { anyState } from '../arbitraries.ts';
import { quietServices } from '../quiet-services.ts';
import {
  clearing,
  down,
  job,
  look,
  lost,
  now,
  numberedSet,
  numberedSets,
  restoring,
  state,
  undoing,
} from '../states.ts';
import { frameOf, openScreen, standing } from './screen.ts';

const sizes = [
  { columns: 60, rows: 16 },
  ...someOf(
    [
      { columns: 80, rows: 24 },
      { columns: 200, rows: 60 },
      { columns: 20, rows: 8 },
    ],
    1,
  ),
];
const places: readonly Place[] = ['menu', 'backups', 'details', 'status', 'help'];
const named = (about: ReturnType<typeof clearing>): MenuState['question'] => ({
  ask: 'name',
  about,
  typed: 'kube',
  wrong: false,
  scroll: 0,
});
const wide = '北京👩‍👩‍👧'.repeat(20);
const running = job({
  progress: { phase: 'Dumping', bytes: 500_000, rows: 1234 },
  pace: { rate: 250_000, share: 0.5, secondsLeft: 2 },
  done: Array.from({ length: 12 }, (_, n) => ({ phase: `Phase ${n}`, ms: n * 1000 })),
});
const tables = Array.from({ length: 500 }, (_, n) => ({
  schema: 'public',
  name: n % 2 ? `${wide}${n}` : `t${n}`,
  columns: [],
  estimatedRows: n,
  sizeBytes: n,
  extension: null,
}));
const full = look({ database: wide, container: wide });
if (full.target) full.target.tables = tables;

/** What may be on the screen, from nothing at all to too much. */
const scenes: Record<string, MenuState> = {
  'nothing yet': state({ look: null, sets: null }),
  'everything as usual': state({ sets: numberedSets(300) }),
  'a database out of reach': state({ look: lost() }),
  'wide names and 500 tables': state({
    look: full,
    sets: [
      numberedSet(3, { note: wide, database: wide, tables: tables.map((one) => ({ ...one, rows: 1 })) }),
    ],
  }),
  'hostile names': state({
    look: { ...lost(), database: hostile, container: hostile },
    sets: [
      numberedSet(3, { note: hostile, database: hostile }),
      { state: 'unverifiable', id: hostile, dataFile: hostile, sizeBytes: 1, because: hostile },
    ],
    notice: { kind: 'bad', text: hostile, notes: [hostile] },
  }),
  'a job': state({ job: running, sets: numberedSets(300) }),
  'a long notice': state({
    notice: { kind: 'bad', text: wide.repeat(3), notes: Array.from({ length: 30 }, () => wide) },
    sets: numberedSets(300),
  }),
  'a job and a question': state({ job: running, question: { ask: 'quit' } }),
  'a clear of 500 tables': state({ question: named(clearing(true, 500)) }),
  'a restore of 500 tables while something runs': state({
    question: named(restoring(numberedSet(1), 500)),
    job: running,
  }),
  'a note that is longer than the screen': state({ question: { ask: 'note', typed: wide.repeat(3) } }),
  'a filter that is longer than the screen': state({ filter: wide, filtering: true, sets: numberedSets(2) }),
};

/** What may take room beside what is chosen. */
const besides: readonly Partial<MenuState>[] = [
  {},
  { job: running },
  { notice: scenes['a long notice']?.notice ?? null },
];

describe.each(sizes)('at $columns × $rows', (size) => {
  describe.each(Object.entries(scenes))('%s', (_, scene) => {
    test.each(someOf(places, 3))(
      'fits the screen in %s, with header and nothing raw in it',
      async (place) => {
        const { lines } = await frameOf({ ...scene, place }, size);
        expect(lines).toHaveLength(size.rows);
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(size.columns);
        expect(lines.join('')).not.toMatch(raw);
        expect(lines[2]).toBe('─'.repeat(size.columns));
        const shown = scene.look === null ? 'KubeGram' : (scene.look.database.split('\u001b')[0] ?? '');
        expect(lines[0]?.slice(0, 4)).toBe(shown.slice(0, 4));
      },
    );
  });

  test.each(places)('%s has its keys at the bottom, the help among them', async (place) => {
    const { lines } = await frameOf(state({ place }), size);
    expect(lines.at(-1)).toContain(place === 'help' ? 'Esc Back' : '? Keys');
  });

  test('the chosen backup is marked, wherever it is among hundreds', async () => {
    const sets = numberedSets(300);
    for (const [at, sequence] of someOf([300, 299, 200, 2, 1], 2).entries()) {
      for (const extra of someOf(besides, 1, at)) {
        const scene = state({ place: 'backups', sets, chosen: numberedSet(sequence).id, ...extra });
        const marked = (await frameOf(scene, size)).lines.filter((line) => line.startsWith('❯'));
        expect(marked).toHaveLength(1);
        const shown = /^❯ ([\w]+)/.exec(marked[0] ?? '')?.[1] ?? expect.fail('No id is marked.');
        expect(numberedSet(sequence).id).toContain(shown);
      }
    }
  });

  test('the chosen line of the menu is marked, however short of room the menu is', async () => {
    const labels: Partial<Record<Intent, string>> = { list: 'List', restore: 'Restore', quit: 'Quit' };
    for (const [at, intent] of menuItems.entries()) {
      for (const extra of someOf(besides, 1, at)) {
        const { lines } = await frameOf(state({ item: at, ...extra }), size);
        const marked = lines.filter((line) => line.startsWith('❯'));
        expect(marked).toHaveLength(1);
        expect(marked[0]).toContain(labels[intent] ?? '');
      }
    }
  });

  test.each([
    ['a clear of 500 tables', 'kube▏'],
    ['a restore of 500 tables while something runs', 'kube▏'],
    ['a note that is longer than the screen', '👩‍👩‍👧▏'],
    ['a job and a question', 'y cancels and'],
  ])('where the answer goes is seen: %s', async (name, expected) => {
    for (const place of someOf(places, 2)) {
      const { lines } = await frameOf({ ...(scenes[name] ?? expect.fail()), place }, size);
      expect(lines.filter((line) => line.includes(expected))).toHaveLength(1);
    }
  });

  test('what is typed is seen where the name of the database is as long as a name may be', async () => {
    const name = 'd'.repeat(63);
    const asked = state({ question: named(undoing(name)) });
    const { lines } = await frameOf(asked, size);
    expect(lines.join('\n')).toContain('kube▏');
  });

  test('what is typed as a filter is seen to its end', async () => {
    const scene = state({ place: 'backups', filtering: true, filter: `${'long '.repeat(30)}end` });
    expect((await frameOf(scene, size)).lines[3]).toMatch(/^ {2}\/….*d▏ none( |$)/);
  });
});

describe('at the smallest size that it opens at', () => {
  const size = { columns: 60, rows: 16 };

  test('a job, a preview and the answer are seen together', async () => {
    const { lines } = await frameOf(
      scenes['a restore of 500 tables while something runs'] ?? expect.fail(),
      size,
    );
    const text = lines.join('\n');
    expect(text).toContain('Backing up kubegram  0.0 s  Ctrl-C cancels');
    expect(text).toContain('Dumping ██████░░░░░░ ~50 %  500 kB  250 kB/s  ~2 s left');
    expect(text).toContain('This replaces the database kubegram');
    expect(text).toMatch(/ {2}49\d more lines below, PgDn/);
    expect(text).toContain('Type kubegram to go on: kube▏');
    expect(text).toContain('Enter goes on, Esc goes back');
  });

  test('the sizes of the tables are seen, however long their names are', async () => {
    const place = 'status';
    const { lines } = await frameOf(state({ look: full, place, scroll: 9 }), size);
    expect(lines.slice(3, 14).join('\n')).toMatch(/…? +~499 +499 B$/m);
  });

  test('a page that became shorter is still seen', async () => {
    const { lines } = await frameOf(state({ place: 'status', look: lost(), scroll: 450 }), size);
    expect(lines[3]).toBe('Database   kubegram in kubegram-server-postgres-1');
  });

  test('why a database is out of reach and what to do about it can be read to the end', async () => {
    const { lines } = await frameOf(state({ place: 'status', look: lost() }), size);
    expect(lines.slice(4, 8)).toEqual([
      'State      The container kubegram-server-postgres-1 is',
      '           stopped.',
      '           Start it with: docker start',
      '           kubegram-server-postgres-1',
    ]);
  });

  test('note and checksum of a backup can be read to the end', async () => {
    const note = 'before the release of the second of February of';
    const scene = state({ place: 'details', sets: [numberedSet(1, { note: `${note} this year` })] });
    const { lines } = await frameOf(scene, { columns: 60, rows: 24 });
    expect(lines.slice(6, 13)).toEqual([
      `Note       ${note}`,
      '           this year',
      'Proof      hash checked 2 min ago',
      'File       kubegram_backup_20260101_000001.sql, 2.3 MB, 0.8…',
      `Checksum   sha256:${'a'.repeat(42)}`,
      `           ${'a'.repeat(22)}`,
      'Database   kubegram, 9.4 MB, PostgreSQL 17.5',
    ]);
  });
});

describe('the header', () => {
  const size = { columns: 120, rows: 24 };
  const header = async (scene: MenuState): Promise<string[]> =>
    (await frameOf(scene, size)).lines.slice(0, 2);

  test('says where one is', async () => {
    expect(await header(state())).toEqual([
      'kubegram ● running, kubegram-server-postgres-1, PostgreSQL 17.5, 9.4 MB, 2 connections',
      'Backups 3 (6.9 MB), newest 59 min ago, hash checked  Undo the clear, 11 min ago',
    ]);
  });

  test('says that it is still looking', async () => {
    expect((await header(state({ look: null })))[0]).toBe('KubeGram looking for the database …');
  });

  test('says why a database is out of reach, and the backups all the same', async () => {
    expect(await header(state({ look: lost(numberedSets(2)) }))).toEqual([
      `kubegram ● ${down.message}`,
      'Backups 2 (4.6 MB), newest 59 min ago, hash checked',
    ]);
    expect((await header(state({ look: look({ target: null }) })))[0]).toBe('kubegram ● out of reach');
  });

  test('says that a database does not exist, that there are no backups, and counts one connection', async () => {
    const absent = look({ container: null });
    if (absent.target) Object.assign(absent.target, { exists: false, undoPoint: null });
    expect(await header(state({ look: absent }))).toEqual([
      'kubegram ● running, PostgreSQL 17.5, the database does not exist',
      'Backups none yet',
    ]);
    const alone = look();
    if (alone.target) alone.target.sessions = 1;
    expect((await header(state({ look: alone })))[0]).toMatch(/ 1 connection$/);
  });
});

describe('the list', () => {
  const size = { columns: 100, rows: 24 };
  const rows = async (scene: Partial<MenuState>): Promise<string[]> =>
    (await frameOf(state({ place: 'backups', ...scene }), size)).lines.slice(3);

  test('says what it is ordered by, what is filtered, and that something is to be chosen', async () => {
    expect((await rows({}))[0]).toMatch(/^ {2}BACKUP 1\/3 +AGE↓ +SIZE +ROWS REASON +PROOF$/);
    expect((await rows({ sort: 'size' }))[0]).toMatch(/AGE +SIZE↓ +ROWS /);
    expect((await rows({ sort: 'rows' }))[0]).toMatch(/AGE +SIZE +ROWS↓/);
    expect((await rows({ filter: '0002' }))[0]).toMatch(/^ {2}BACKUP {2}\/0002 1\/1 /);
    expect((await rows({ filter: '0', filtering: true }))[0]).toMatch(/^ {2}BACKUP {2}\/0▏ 1\/3 /);
    expect((await rows({ choosing: true }))[0]).toMatch(/^ {2}RESTORE WHICH\? 1\/3 /);
  });

  test('shows a backup with its pin, facts and note, and what cannot be verified as what it is', async () => {
    const sets: BackupSet[] = [
      numberedSet(2, { pinned: true, note: 'before the release', reason: 'scheduled' }),
      { state: 'unverifiable', id: 'strange', dataFile: null, sizeBytes: 1, because: 'it is cut' },
    ];
    const wide = { columns: 120, rows: 24 };
    const { lines } = await frameOf(state({ place: 'backups', sets }), wide);
    const [first, second] = lines.slice(4);
    expect(first).toMatch(
      /^❯\*kubegram_backup_20260101_000002 59 min +2\.3 MB +12 345 scheduled +hash checked {3}before the release$/,
    );
    expect(second).toMatch(/^ {2}strange +unverifiable: it is cut$/);
  });

  test('says why it is empty', async () => {
    expect((await rows({ sets: null }))[1]).toBe('Reading the backups …');
    expect((await rows({ sets: [] }))[1]).toBe('There are no backups yet. Press b to make one.');
    expect((await rows({ filter: 'zzz' }))[1]).toBe('No backup has this text. Esc takes the filter out.');
  });

  test('has the details of the chosen backup beside it on a wide screen', async () => {
    const chosen = numberedSet(2).id;
    const { lines } = await frameOf(state({ place: 'backups', chosen }), { columns: 200, rows: 30 });
    expect(lines[3]).toMatch(new RegExp(`^ {2}BACKUP .* ${chosen}$`));
    expect(lines.join('\n')).toContain('public.users');
  });
});

describe('the job panel', () => {
  const panel = async (differences: Parameters<typeof job>[0], scene: Partial<MenuState> = {}) =>
    (await frameOf(state({ job: job(differences), ...scene }), { columns: 100, rows: 30 })).lines.slice(
      3,
      10,
    );

  test('shows phase, bar, bytes, rows, rate, the time that is left as an estimate, and what is done', async () => {
    const lines = await panel(
      {
        ...running,
        done: [
          { phase: 'Starting', ms: 120 },
          { phase: 'Looking', ms: 65_000 },
        ],
      },
      { now: now + 61_000 },
    );
    expect(lines).toEqual([
      'Backing up kubegram  1 min 1 s  Ctrl-C cancels',
      '  Dumping ██████████░░░░░░░░░░ ~50 %  500 kB  250 kB/s  1 234 rows  ~2 s left',
      '  ✓ Starting 0.1 s',
      '  ✓ Looking 1 min 5 s',
      '─'.repeat(100),
      '',
      '',
    ]);
  });

  test('has no bar where nothing is known', async () => {
    const over = { phase: 'Dumping', bytes: 5_000_000 };
    expect((await panel({ progress: over }))[1]).toBe('  Dumping   5.0 MB');
    expect((await panel({ progress: { phase: 'Swapping' } }))[1]).toBe('  Swapping');
  });

  test('keeps the time that is left where there is little room', async () => {
    const building = { phase: 'Building indexes', parts: { done: 3, of: 15 } };
    const pace = { rate: 0, share: 0.62, secondsLeft: 8 };
    const narrow = await frameOf(state({ job: job({ progress: building, pace }) }), {
      columns: 60,
      rows: 20,
    });
    expect(narrow.lines[4]).toBe('  Building indexes ███████░░░░░ ~62 %  3 of 15  ~8 s left');
    const dumping = { phase: 'Dumping', bytes: 123_000_000, rows: 1_234_567 };
    const fast = { rate: 98e6, share: 0.5, secondsLeft: 8 };
    const other = await frameOf(state({ job: job({ progress: dumping, pace: fast }) }), {
      columns: 60,
      rows: 20,
    });
    expect(other.lines[4]).toBe('  Dumping ██████░░░░░░ ~50 %  123 MB  98.0 MB/s  ~8 s left');
  });

  test('says that it is cancelling, and what a second Ctrl-C does', async () => {
    expect((await panel({ cancelling: true }))[0]).toContain('Cancelling … Ctrl-C once more ends at once');
  });

  test('is not there for what is over in a moment, which has one line', async () => {
    const lines = (
      await frameOf(state({ job: job({ quick: true, title: 'Pinning x' }) }), sizes[1] ?? expect.fail())
    ).lines;
    expect(lines.join('\n')).not.toContain('Ctrl-C cancels');
    expect(lines.at(-2)).toBe('Pinning x …');
  });
});

describe('the footer', () => {
  const footer = async (scene: Partial<MenuState>, columns = 60): Promise<string> =>
    (await frameOf(state(scene), { columns, rows: 16 })).lines.at(-1) ?? '';

  test('keeps the help in sight where not all keys fit', async () => {
    expect(await footer({ place: 'backups' })).toMatch(/^\? Keys {2}b Back up .*…$/);
    expect(await footer({ place: 'backups' }, 200)).toMatch(/^b Back up .*\? Keys {2}q Quit$/);
  });

  test('says how a filter is left, and nothing while something is asked', async () => {
    expect(await footer({ place: 'backups', filtering: true })).toBe(
      'Enter keep the filter  Esc take it out',
    );
    expect(await footer({ question: { ask: 'note', typed: '' } })).toBe('');
  });
});

test('a terminal that is smaller than any layout is not written beyond', async () => {
  for (const size of [
    { columns: 1, rows: 1 },
    { columns: 10, rows: 5 },
    { columns: 300, rows: 3 },
    { columns: 5, rows: 100 },
  ]) {
    for (const place of places) {
      const { lines } = await frameOf(state({ place, job: running }), size);
      expect(lines.length).toBeLessThanOrEqual(size.rows);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(size.columns);
    }
  }
});

test('whatever is there, it is drawn within the screen', async () => {
  const roomy = anyState.map((scene) => ({ ...scene, columns: Math.max(20, scene.columns) }));
  await fc.assert(
    fc.asyncProperty(roomy, async (scene) => {
      const { lines, raw: drawn } = await frameOf(scene, scene);
      expect(lines.length).toBeLessThanOrEqual(scene.rows);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(scene.columns);
      expect(drawn).not.toContain('\u001b[2J');
    }),
    { numRuns: 60 },
  );
});

describe('a terminal that is resized', () => {
  test('is filled anew at each size, with what was chosen still in sight', async () => {
    const scene = state({ place: 'backups', sets: numberedSets(300), chosen: numberedSet(100).id });
    const menu = standing(scene);
    const screen = await openScreen(menu, { columns: 80, rows: 24 });
    for (const size of [...sizes, { columns: 200, rows: 16 }, { columns: 61, rows: 60 }]) {
      await screen.resize(size);
      await vi.waitFor(() => {
        expect(menu.state()).toMatchObject(size);
        expect(screen.lines()).toHaveLength(size.rows);
      }, 5000);
      for (const line of screen.lines()) expect(widthOf(line)).toBeLessThanOrEqual(size.columns);
      expect(screen.lines().filter((line) => line.startsWith('❯'))).toHaveLength(1);
    }
    screen.close();
  });
});

describe('keys from the terminal', () => {
  const openMenu = async () => {
    const menu = menuController(quietServices(), { columns: 80, rows: 24 });
    const screen = await openScreen(menu, { columns: 80, rows: 24 });
    onTestFinished(() => {
      screen.close();
      menu.dispose();
    });
    return { menu, screen };
  };

  test('arrive whether they come alone, as sequences, or many at once', async () => {
    const { menu, screen } = await openMenu();
    await screen.type('\u001b[B');
    await screen.type('\u001b[B');
    expect(menu.state().item).toBe(2);
    await screen.type('kkls');
    expect(menu.state()).toMatchObject({ item: 0, place: 'status' });
    await screen.type('\u001b');
    expect(menu.state().place).toBe('menu');
    await screen.type('l\u001b[B\u001b[6~\r');
    expect(menu.state().place).toBe('details');
    expect(screen.lines()[3]).toBe(numberedSet(1).id);
  });

  test('are text where text is asked for, with backspace, also pasted', async () => {
    const { menu, screen } = await openMenu();
    await screen.type('b北👩‍👩‍👧');
    await screen.type('\u007f');
    await screen.type('\u001b[200~ and q\u001b[201~');
    expect(menu.state().question).toEqual({ ask: 'note', typed: '北 and q' });
    expect(screen.lines().join('\n')).toContain('Note (may stay empty): 北 and q▏');
  });

  test('Ctrl-C closes the menu', async () => {
    const { menu, screen } = await openMenu();
    await screen.type('\u0003');
    expect(await menu.closed).toEqual({ exitCode: 130, force: false });
  });
});

test('what is looked at again and is the same draws nothing that differs', async () => {
  const screen = await openScreen(standing(state()), { columns: 80, rows: 24 });
  const before = screen.raw();
  await screen.resize({ columns: 80, rows: 24 });
  expect(screen.raw()).toBe(before);
  screen.close();
});

describe('colours', () => {
  /** Ink decides about colours as it is loaded: each needs a process of its own. */
  const drawnWith = async (level: string): Promise<string> => {
    const at = (path: string): string => JSON.stringify(join(import.meta.dirname, path));
    const script = `
      const { loadJsx } = await import(${at('../../../../../src/app/jsx.ts')});
      loadJsx();
      const { frameOf } = await import(${at('screen.ts')});
      const { state, job, lost } = await import(${at('../states.ts')});
      for (const place of ['menu', 'backups', 'details', 'status', 'help']) {
        const scene = state({ place, job: job(), look: lost(), notice: { kind: 'bad', text: 'x', notes: ['y'] } });
        console.log((await frameOf(scene, { columns: 80, rows: 24 })).raw);
      }
      process.exit();`;
    const env = { ...process.env, FORCE_COLOR: level, NO_COLOR: undefined, NODE_ENV: 'production' };
    return (await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env }))
      .stdout;
  };

  test('are there where they are on, and there is no code at all where they are off', async () => {
    const [off, on] = await Promise.all([drawnWith('0'), drawnWith('1')]);
    expect(off).toContain('❯ ');
    expect(off).not.toContain('\u001b');
    expect(on).toContain('\u001b[31m');
    expect(on).toContain('\u001b[7m');
  });
});
