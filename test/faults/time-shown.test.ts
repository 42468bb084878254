import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAge, formatDuration } from '../../src/core/format.ts';
import { noPace } from '../../src/core/pace.ts';
import { backupTable, describeSet } from '../../src/ui/line/backups.ts';
import { statusText } from '../../src/ui/line/status.ts';
import { paint } from '../../src/ui/paint.ts';
import type { MenuState } from '../../src/ui/tui/state.ts';
import { update } from '../../src/ui/tui/update.ts';
import { rounds } from '../support/soak.ts';
import { look, now, numberedSets, state } from '../unit/ui/tui/states.ts';
import { frameOf } from '../unit/ui/tui/views/screen.ts';

/** A number below zero, which is no part of a date or a name. */
const belowZero = /(^|[\s,(~])-\d/m;
const hour = 3_600_000;
const plain = paint(false);
const sets = numberedSets(3);
const screen = { columns: 120, rows: 40 };

/** How far the clock was set back after the newest backup was made. */
const setBack: [string, number][] = [
  ['an hour', hour],
  ['a day', 24 * hour],
  ['to 1970', now],
];

async function shown(differences: Partial<MenuState>): Promise<string> {
  return (await frameOf(state({ sets, look: look({}, sets), ...differences }), screen)).lines.join('\n');
}

describe('a clock that was set back', () => {
  it.each(setBack)('by %s makes no backup older than new in lists', (_how, by) => {
    const then = new Date(now - by);
    const texts = [
      backupTable(sets, then, plain),
      backupTable(sets, then, plain, 40),
      ...sets.map((set) => describeSet(set, then)),
      statusText(look({}, sets), then, plain),
    ];
    for (const text of texts) {
      expect(text).toContain('just now');
      expect(text).not.toMatch(belowZero);
    }
  });

  it.each(setBack)('by %s makes no backup older than new in the menu', async (_how, by) => {
    for (const place of ['menu', 'backups', 'details', 'status'] as const) {
      const text = await shown({ place, now: now - by });
      expect([place, text]).toEqual([place, expect.stringContaining('just now')]);
      expect(text).not.toMatch(belowZero);
    }
  });

  it('in the middle of a job gives no step of it a time below zero', async () => {
    const job = [
      { on: 'started', title: 'Backing up', quick: false, now } as const,
      { on: 'progressed', progress: { phase: 'Dumping' }, pace: noPace, now: now + 2000 } as const,
      { on: 'progressed', progress: { phase: 'Checking' }, pace: noPace, now: now - hour } as const,
    ].reduce(update, state());
    const text = await shown(job);
    expect(text).toMatch(/Backing up {2}0\.0 s/);
    expect(text).toMatch(/✓ Dumping 0\.0 s/);
    expect(text).not.toMatch(belowZero);
  });

  it('while the database does not answer gives its silence no time below zero', async () => {
    const text = await shown({ silentSince: now, now: now - hour });
    expect(text).toContain('no answer for 0.0 s');
  });
});

describe('an age and a duration', () => {
  it('have no sign, whatever the clock says', () => {
    const anyMs = fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, min: -1e17, max: 1e17 }));
    fc.assert(
      fc.property(anyMs, (milliseconds) => {
        expect(formatAge(milliseconds)).not.toContain('-');
        expect(formatDuration(milliseconds)).not.toContain('-');
      }),
      { numRuns: rounds(1000, 200_000) },
    );
  });
});
