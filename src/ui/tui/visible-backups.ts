import type { BackupSet } from '../../core/ports/store.ts';
import type { MenuState, SortKey } from './state.ts';

const value: Record<SortKey, (set: BackupSet) => number> = {
  age: () => 0, // as the store has them: newest first
  size: (set) => (set.state === 'complete' ? set.manifest.size_bytes : set.sizeBytes),
  rows: (set) => (set.state === 'complete' ? set.manifest.total_records : -1),
};

/** The backups that the list shows, in its order. */
export function visibleBackups({
  sets,
  filter,
  sort,
}: Pick<MenuState, 'sets' | 'filter' | 'sort'>): BackupSet[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (set: BackupSet): boolean => {
    const text = searched(set).toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return (sets ?? []).filter(matches).toSorted((a, b) => value[sort](b) - value[sort](a));
}

function searched(set: BackupSet): string {
  if (set.state === 'unverifiable') return `${set.id} unverifiable ${set.because}`;
  const { reason, note, pinned, verification } = set.manifest;
  return `${set.id} ${reason} ${note} ${pinned ? 'pinned' : ''} ${verification.level}`;
}

/** The chosen backup, or the first where it is not shown (any more). */
export function chosenBackup(
  state: Pick<MenuState, 'sets' | 'filter' | 'sort' | 'chosen'>,
): BackupSet | null {
  const shown = visibleBackups(state);
  return shown.find((set) => set.id === state.chosen) ?? shown[0] ?? null;
}
