import type { MenuState } from './state.ts';
import { chosenBackup } from './visible-backups.ts';

/** Why something cannot be done now, each as a sentence for a person; null where it can. */

export function busy({ job }: MenuState): string | null {
  return job === null ? null : `${job.title} is not over yet.`;
}

export function outOfReach({ look, trouble, silentSince }: MenuState): string | null {
  if (trouble !== null) return trouble.text;
  if (silentSince !== null) return 'The database does not answer.';
  if (look === null) return 'The database was not reached yet.';
  return look.unreachable === null ? null : look.unreachable.message;
}

export function missing({ look }: MenuState): string | null {
  return look?.target?.exists === false
    ? `There is no database named ${look.database} on this server: bring a backup back with r, or set DB_NAME.`
    : null;
}

export function nothingToUndo({ look }: MenuState): string | null {
  return look?.target?.undoPoint === null ? 'There is nothing to undo: no clear or restore was made.' : null;
}

export function noBackup(state: MenuState): string | null {
  if (state.listTrouble !== null) return `The backups cannot be read: ${state.listTrouble}`;
  if (state.sets === null) return 'The backups were not read yet.';
  if (state.sets.length === 0) return 'There are no backups yet: make one with b.';
  return onList(state) && chosenBackup(state) === null ? 'No backup is shown: take the filter out.' : null;
}

export function unverifiable(state: MenuState): string | null {
  const set = onList(state) ? chosenBackup(state) : null;
  return set?.state === 'unverifiable' ? `${set.id} cannot be verified: ${set.because}.` : null;
}

export function pinned(state: MenuState): string | null {
  const set = chosenBackup(state);
  return set?.state === 'complete' && set.manifest.pinned ? `${set.id} is pinned: unpin it first.` : null;
}

function onList({ place }: MenuState): boolean {
  return place === 'backups' || place === 'details';
}
