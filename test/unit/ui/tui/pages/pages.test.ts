import { describe, expect, test } from 'vitest';
import { bindings } from '../../../../../src/ui/tui/keys.ts';
import { keysTable } from '../../../../../src/ui/tui/keys-table.ts';
import type { Line } from '../../../../../src/ui/tui/line.ts';
import { detailLines } from '../../../../../src/ui/tui/pages/details.ts';
import { helpLines, keyName } from '../../../../../src/ui/tui/pages/help.ts';
import { pageOf } from '../../../../../src/ui/tui/pages/page.ts';
import { askedLines } from '../../../../../src/ui/tui/pages/question.ts';
import { statusLines } from '../../../../../src/ui/tui/pages/status.ts';
import type { MenuState, Question } from '../../../../../src/ui/tui/state.ts';
import { clearing, job, look, lost, now, numberedSet, restoring, state, target, undoing } from '../states.ts';

const texts = (lines: readonly Line[]): string[] =>
  lines.map((line) => line.map(({ text }) => text).join(''));

describe('the keys', () => {
  test('are all listed, each with what it does', () => {
    const lines = texts(helpLines(state({ place: 'help', columns: 100 })));
    expect(lines).toHaveLength(bindings.length + 1);
    for (const { keys, help } of bindings)
      expect(lines.some((line) => line.startsWith(keys.map(keyName).join(' ')) && line.includes(help))).toBe(
        true,
      );
  });

  test('that cannot be used where one came from are dimmed and say why', () => {
    const lines = helpLines(state({ place: 'help', before: 'backups', look: lost(), columns: 120 }));
    const backUp = lines.find((line) => line[0]?.text.startsWith('b ')) ?? expect.fail();
    expect(backUp.map(({ tone }) => tone)).toEqual(['faint', 'faint']);
    expect(backUp[1]?.text).toContain('(not now: The container kubegram-server-postgres-1 is stopped.)');
    const list = lines.find((line) => line[0]?.text.startsWith('l ')) ?? expect.fail();
    expect(list.map(({ tone }) => tone)).toEqual(['strong', 'plain']);
  });

  test('make the table of the documentation, with the places that they mean something in', () => {
    const rows = keysTable().split('\n');
    expect(rows).toHaveLength(bindings.length + 2);
    expect(rows).toContain('| `d` `Del` | delete the chosen backup | list, details |');
    expect(rows).toContain('| `PgDn` `Space` | one page down | everywhere |');
    expect(rows).toContain('| `/` | show the backups that a text is found in | list |');
  });

  test('that have no other name are called what they are', () => {
    expect([keyName('C'), keyName('ctrl+c'), keyName('left')]).toEqual(['C', 'Ctrl-C', '←']);
  });
});

describe('the details of a backup', () => {
  const details = (differences: Partial<MenuState>): string[] =>
    texts(detailLines(state({ place: 'details', ...differences }), 100));

  test('show what it is, what changed since the one before, and its tables', () => {
    const tables = [
      { schema: 'public', name: 'users', rows: 7 },
      { schema: 'public', name: 'fresh', rows: 1 },
    ];
    const newest = numberedSet(3, {
      tables,
      total_records: 8,
      pinned: true,
      note: 'a note',
      verification: { level: 'contents', at: new Date(now - 120_000).toISOString() },
    });
    expect(details({ sets: [newest, numberedSet(2, { total_records: 16 })] })).toEqual([
      newest.id,
      'Made       59 min ago, 2026-02-08 19:31:03.000 UTC',
      'Reason     manual, pinned',
      'Note       a note',
      'Proof      contents equal 2 min ago',
      `File       ${newest.id}.sql, 2.3 MB, 0.8 s`,
      `Checksum   sha256:${'a'.repeat(64)}`,
      'Database   kubegram, 9.4 MB, PostgreSQL 17.5',
      'Rows       █▅ 8',
      '',
      `Since ${numberedSet(2).id}:`,
      '  companies goes away with its 45 rows',
      '  fresh comes in with 1 row',
      '  users 12 300 → 7',
      '',
      '2 tables',
      '            7 rows  public.users',
      '             1 row  public.fresh',
    ]);
  });

  test('compare with the backup before it of the same database, not with a newer or another one', () => {
    const other = numberedSet(2, { database: 'other' });
    const sets = [numberedSet(4), numberedSet(3), other, numberedSet(1)];
    expect(details({ sets, chosen: numberedSet(3).id })).toContain(`Since ${numberedSet(1).id}:`);
    expect(details({ sets, chosen: numberedSet(3).id })).toContain('  the row counts are the same');
    expect(details({ sets, chosen: numberedSet(1).id })).toContain('It is the first of its database.');
    expect(details({ sets, chosen: other.id })).toContain('It is the first of its database.');
  });

  test('say what is wrong with one that cannot be verified', () => {
    const strange = { state: 'unverifiable', id: 's', sizeBytes: 10, because: 'it is cut' } as const;
    expect(details({ sets: [{ ...strange, dataFile: 's.sql' }] })).toEqual([
      's',
      'Proof      unverifiable',
      '           It cannot be verified: it is cut.',
      'File       s.sql',
      'Size       10 B',
    ]);
    expect(details({ sets: [{ ...strange, dataFile: null }] })).toContain('File       none');
  });

  test('say that there is nothing to show', () => {
    expect(details({ sets: [] })).toEqual(['No backup is chosen.']);
    expect(details({ sets: null })).toEqual(['No backup is chosen.']);
  });
});

describe('the status', () => {
  const status = (differences: Partial<MenuState>): string[] => texts(statusLines(state(differences)));

  test('shows the database, its backups and its tables, the largest first', () => {
    const table = { schema: 'public', columns: [], extension: null };
    const tables = [
      { ...table, name: 'small', estimatedRows: 12_300, sizeBytes: 800 },
      { ...table, name: 'Large one', estimatedRows: null, sizeBytes: 9_000_000 },
    ];
    const seen = look({ target: target({ tables, sessions: 1 }) }, [numberedSet(1)]);
    seen.backups.unverifiable = 2;
    expect(status({ look: seen })).toEqual([
      'Database   kubegram in kubegram-server-postgres-1',
      'State      running (postgres:17), PostgreSQL 17.5',
      'Size       9.4 MB, 1 connection',
      'Undo       the clear, 11 min ago (1.0 kB)',
      'Backups    1 (2.3 MB), the newest 59 min ago, hash checked, 2 unverifiable',
      'Folder     /backups',
      'Disk       10.0 GB free for backups',
      '',
      'TABLE                         ROWS       SIZE',
      'public."Large one"    not analysed     9.0 MB',
      'public.small               ~12 300      800 B',
    ]);
  });

  test('leaves out what is not known', () => {
    const seen = look({
      container: null,
      target: target({ image: null, exists: false, undoPoint: null, tables: [] }),
    });
    seen.backups.freeBytes = null;
    expect(status({ look: seen })).toEqual([
      'Database   kubegram',
      'State      running, PostgreSQL 17.5',
      'Size       does not exist',
      'Undo       nothing to undo',
      'Backups    none yet',
      'Folder     /backups',
    ]);
  });

  test('says why the database is out of reach and what to do, and that it is still looking', () => {
    const lines = status({ look: lost(), columns: 100 });
    expect(lines).toContain('State      The container kubegram-server-postgres-1 is stopped.');
    expect(lines).toContain('           Start it with: docker start kubegram-server-postgres-1');
    expect(status({ look: null })).toEqual(['Looking …']);
  });
});

describe('a question', () => {
  const asked = (question: Question, differences: Partial<MenuState> = {}) => {
    const { about, answer } = askedLines(state({ question, columns: 100, ...differences }), question);
    return { about: texts(about), answer: texts(answer) };
  };
  const name = { ask: 'name', typed: '', wrong: false, scroll: 0 } as const;

  test('about a clear tells what goes and what stays, table by table, and both kinds', () => {
    expect(asked({ ...name, about: clearing() })).toEqual({
      about: [
        'This empties the database kubegram of 1 row in 2 tables; the schema stays.',
        '  1 session is cut.',
        '  Kept for the migration tools and extensions: public._prisma_migrations',
        '  A verified backup is made first.',
        '  public.table_1 loses 1 row',
        '  public.table_0 loses 0 rows',
      ],
      answer: ['Type kubegram to go on: ▏', 'Enter goes on, Tab changes the kind, Esc goes back'],
    });
    expect(asked({ ...name, about: clearing(true) }).about[0]).toMatch(/and of its schema\.$/);
  });

  test('about a restore tells what changes', () => {
    expect(asked({ ...name, about: restoring(), typed: 'ku' })).toEqual({
      about: [
        `This replaces the database kubegram from ${numberedSet(2).id}; 2 sessions are cut.`,
        '  What is there now is backed up first, and undo brings it back.',
        '  table_0 10 → 20',
        '  table_1 10 → 21',
      ],
      answer: ['Type kubegram to go on: ku▏', 'Enter goes on, Esc goes back'],
    });
  });

  test('about an undo tells what it goes back to', () => {
    expect(asked({ ...name, about: undoing() }).about).toEqual([
      'This brings kubegram back as it was before the clear, 11 min ago.',
      '  What is there now is kept: undo swaps the two again.',
    ]);
  });

  test('says that the name was wrong', () => {
    expect(asked({ ...name, about: undoing(), wrong: true }).answer).toEqual([
      'Type kubegram to go on: ▏',
      'That is not kubegram. Nothing was changed.',
    ]);
  });

  test('for a note, a deletion and the end say which keys do what', () => {
    expect(asked({ ask: 'note', typed: 'x' })).toEqual({
      about: ['Back up kubegram'],
      answer: ['Note (may stay empty): x▏', 'Enter backs up, Esc goes back'],
    });
    expect(asked({ ask: 'delete', id: 'an-id' })).toEqual({
      about: ['Delete an-id?'],
      answer: ['y deletes it, any other key keeps it (y/N)'],
    });
    expect(asked({ ask: 'quit' }, { job: job() }).about).toEqual([
      'Backing up kubegram is not over yet. Cancel it and close the menu?',
    ]);
  });

  test('that is longer than its line shows the end of what is typed', () => {
    const typed = `${'long '.repeat(10)}end`;
    const { answer } = asked({ ask: 'note', typed }, { columns: 60 });
    expect(answer[0]).toMatch(/^Note \(may stay empty\): ….* long end▏$/);
    expect(answer[0]).toHaveLength(60);
  });

  test('for a long name does not spend the line on it, since the name stands above', () => {
    const database = 'd'.repeat(63);
    const { about, answer } = asked({ ...name, about: undoing(database), typed: database }, { columns: 60 });
    expect(about.join('')).toContain(database);
    expect(answer[0]).toBe(`Type its name to go on: …${'d'.repeat(34)}▏`);
  });
});

test('a list is no page', () => {
  expect(pageOf(state())).toEqual([]);
  expect(pageOf(state({ place: 'backups' }))).toEqual([]);
});
