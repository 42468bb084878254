import type { Run } from '../../operations/run.ts';
import type { Effect } from './effects.ts';
import {
  backupLine,
  clearLine,
  deleteLine,
  failureLine,
  pinLine,
  restoreLine,
  undoLine,
  verifyLine,
} from './result-lines.ts';
import type { MenuServices } from './services.ts';
import type { Dangerous, MenuState, ResultLine } from './state.ts';
import type { Event } from './update.ts';

/** What takes a while: an operation, or a look at what it would change. */
type Work = Exclude<Effect, { do: 'refresh' | 'cancel' | 'suspend' | 'quit' }>;
type Preview = Extract<Work, { do: 'preview-restore' | 'preview-clear' | 'preview-undo' }>;

/** Carries out one effect by its operation; null where there is no result to tell. */
export async function perform(
  services: MenuServices,
  effect: Work,
  run: Run,
  happen: (event: Event) => void,
): Promise<ResultLine | null> {
  switch (effect.do) {
    case 'back-up':
      return backupLine(await services.backUp(effect.note, run));
    case 'verify':
      return verifyLine(await services.verify(effect.id, effect.deep, run));
    case 'pin':
      return pinLine(await services.pin(effect.id, effect.pinned), effect.pinned);
    case 'delete':
      return deleteLine(await services.remove(effect.id));
    case 'preview-restore':
    case 'preview-clear':
    case 'preview-undo': {
      const about = await previewed(services, effect, run).catch((error: unknown) => {
        // That nothing could be looked at is said now; it is no result that would remain.
        if (!run.signal.aborted)
          happen({ on: 'noticed', line: failureLine('Looking what would change', error) });
      });
      // Whoever gave it up is asked nothing any more.
      if (about !== undefined && !run.signal.aborted) happen({ on: 'previewed', about });
      return null;
    }
    case 'confirmed':
      return change(services, effect.about, effect.confirm, run);
  }
}

async function previewed(services: MenuServices, effect: Preview, run: Run): Promise<Dangerous> {
  if (effect.do === 'preview-undo') return { do: 'undo', preview: await services.previewUndo(run) };
  if (effect.do === 'preview-restore') {
    const { id } = effect;
    return { do: 'restore', id, preview: await services.previewRestore(id, run) };
  }
  const { everything } = effect;
  return { do: 'clear', everything, preview: await services.previewClear(everything, run) };
}

async function change(
  services: MenuServices,
  about: Dangerous,
  confirm: string,
  run: Run,
): Promise<ResultLine> {
  const confirmed = { confirm, previewed: about.preview.seen };
  if (about.do === 'restore') return restoreLine(await services.restore(about.id, confirmed, run));
  if (about.do === 'clear') return clearLine(await services.clear(about.everything, confirmed, run));
  return undoLine(await services.undo(confirmed, run));
}

/** Verb and object, as a person would say it. */
export function titleOf(effect: Work, { look }: MenuState): string {
  const database = look?.database ?? 'the database';
  switch (effect.do) {
    case 'back-up':
      return `Backing up ${database}`;
    case 'verify':
      return `${effect.deep ? 'Deeply verifying' : 'Verifying'} ${effect.id}`;
    case 'pin':
      return `${effect.pinned ? 'Pinning' : 'Unpinning'} ${effect.id}`;
    case 'delete':
      return `Deleting ${effect.id}`;
    case 'preview-restore':
    case 'preview-clear':
    case 'preview-undo':
      return 'Looking what would change';
    case 'confirmed':
      return {
        restore: `Restoring ${database}`,
        clear: `Clearing ${database}`,
        undo: `Undoing in ${database}`,
      }[effect.about.do];
  }
}
