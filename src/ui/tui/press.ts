import { answer } from './answer.ts';
import { edited } from './edit-text.ts';
import type { Pressed } from './effects.ts';
import { bindingFor, bindingOf, type Intent, type Key, menuItems } from './keys.ts';
import { layoutOf } from './layout.ts';
import { firstLine, pageOf } from './pages/page.ts';
import type { MenuState, Place, ResultLine, SortKey } from './state.ts';
import { chosenBackup, visibleBackups } from './visible-backups.ts';

/** What a key does: the one place that decides it, for every mode of the menu. */
export function press(state: MenuState, key: Key): Pressed {
  const binding = bindingFor(key, state.place);
  if (binding?.always) return act(state, binding.intent);
  if (state.question !== null) return answer(state, state.question, key);
  if (state.filtering) return { state: typeFilter(state, key) };
  if (key === 'escape' && state.job?.quick) return interrupt(state); // a question is on its way
  return binding === undefined ? { state } : act({ ...state, notice: null }, binding.intent);
}

/** Whether there is a place for text: a note, a name, the filter. */
export function takesText({ question, filtering }: MenuState): boolean {
  return question === null ? filtering : question.ask === 'note' || question.ask === 'name';
}

/** Ctrl-C cancels what runs; then it leaves what is asked; then it closes the menu. */
function interrupt(state: MenuState): Pressed {
  if (state.job !== null) return { state: { ...state, question: null }, effect: { do: 'cancel' } };
  if (state.question !== null) return { state: { ...state, question: null } };
  return { state, effect: { do: 'quit', exitCode: 130 } };
}

function typeFilter(state: MenuState, key: Key): MenuState {
  if (key === 'escape') return { ...state, filtering: false, filter: '' };
  if (key === 'enter') return { ...state, filtering: false };
  if (key === 'up' || key === 'down') return move({ ...state, filtering: false }, key);
  return { ...state, filter: edited(state.filter, key) };
}

function act(state: MenuState, intent: Intent): Pressed {
  const why = bindingOf(intent).unavailable?.(state) ?? null;
  if (why !== null) {
    // Whether to close the menu is answered by this, too: it goes on.
    const question = state.question?.ask === 'quit' ? null : state.question;
    return { state: { ...state, question, notice: refusal(state, why) } };
  }
  switch (intent) {
    case 'list':
      return { state: goTo(state, 'backups') };
    case 'status':
      return { state: goTo(state, 'status') };
    case 'help':
      return { state: goTo(state, 'help') };
    case 'back':
      return { state: goBack(state) };
    case 'enter':
      return enter(state);
    case 'quit':
      return state.job === null || state.job.quick
        ? { state, effect: { do: 'quit', exitCode: 0 } }
        : { state: { ...state, question: { ask: 'quit' } } };
    case 'back-up':
      return { state: { ...state, question: { ask: 'note', typed: '' } } };
    case 'clear':
      return { state, effect: { do: 'preview-clear', everything: false } };
    case 'undo':
      return { state, effect: { do: 'preview-undo' } };
    case 'restore':
      return restore(state);
    case 'refresh':
      return { state, effect: { do: 'refresh' } };
    case 'filter':
      return { state: { ...state, filtering: true } };
    case 'sort':
      return { state: { ...state, sort: nextSort[state.sort] } };
    case 'interrupt':
      return interrupt(state);
    case 'suspend':
      return { state, effect: { do: 'suspend' } };
    case 'verify':
    case 'verify-deep':
    case 'pin':
    case 'delete':
      return onChosen(state, intent);
    default:
      return { state: move(state, intent) };
  }
}

function refusal({ look }: MenuState, why: string): ResultLine {
  const hint = look?.unreachable?.message === why ? look.unreachable.hint : undefined;
  return { kind: 'plain', text: why, notes: hint === undefined ? [] : [hint] };
}

const nextSort: Record<SortKey, SortKey> = { age: 'size', size: 'rows', rows: 'age' };

function goTo(state: MenuState, place: Place): MenuState {
  if (state.place === place) return state;
  return {
    ...state,
    place,
    before: state.place === 'help' ? state.before : state.place,
    scroll: 0,
    choosing: state.choosing && place === 'help',
  };
}

function goBack(state: MenuState): MenuState {
  if (state.place === 'backups' && state.filter !== '') return { ...state, filter: '' };
  if (state.place === 'menu') return state;
  const place = state.place === 'details' ? 'backups' : state.place === 'help' ? state.before : 'menu';
  return { ...state, place, before: 'menu', scroll: 0, choosing: state.choosing && state.place === 'help' };
}

function enter(state: MenuState): Pressed {
  if (state.place === 'menu') return act(state, menuItems[state.item] ?? 'list');
  if (state.place !== 'backups') return { state };
  if (state.choosing) return act(state, 'restore');
  return { state: chosenBackup(state) === null ? state : goTo(state, 'details') };
}

/** From the menu the list is shown first: what is restored is chosen there. */
function restore(state: MenuState): Pressed {
  if (state.place !== 'backups' && state.place !== 'details') {
    return {
      state: {
        ...goTo(state, 'backups'),
        choosing: true,
        notice: {
          kind: 'plain',
          text: 'Choose the backup that shall come back, then press Enter.',
          notes: [],
        },
      },
    };
  }
  const set = chosenBackup(state);
  return set === null ? { state } : { state, effect: { do: 'preview-restore', id: set.id } };
}

function onChosen(state: MenuState, intent: 'verify' | 'verify-deep' | 'pin' | 'delete'): Pressed {
  const set = chosenBackup(state);
  if (set === null) return { state };
  const { id } = set;
  if (intent === 'delete') return { state: { ...state, question: { ask: 'delete', id } } };
  if (intent === 'pin')
    return { state, effect: { do: 'pin', id, pinned: !(set.state === 'complete' && set.manifest.pinned) } };
  return { state, effect: { do: 'verify', id, deep: intent === 'verify-deep' } };
}

type Move = 'up' | 'down' | 'page-up' | 'page-down' | 'first' | 'last';

function move(state: MenuState, intent: Intent): MenuState {
  const { listRows, main } = layoutOf(state);
  const page = state.place === 'backups' ? listRows : main;
  const steps: Record<Move, number> = {
    up: -1,
    down: 1,
    'page-up': -page,
    'page-down': page,
    first: Number.NEGATIVE_INFINITY,
    last: Number.POSITIVE_INFINITY,
  };
  const step = steps[intent as Move];
  if (state.place === 'menu') return { ...state, item: clamp(state.item + step, menuItems.length) };
  if (state.place === 'backups') {
    const shown = visibleBackups(state);
    const at = shown.findIndex((set) => set.id === chosenBackup(state)?.id);
    return { ...state, chosen: shown[clamp(at + step, shown.length)]?.id ?? null };
  }
  const lines = pageOf(state).length;
  return { ...state, scroll: firstLine(firstLine(state.scroll, lines, main) + step, lines, main) };
}

function clamp(index: number, count: number): number {
  return Math.max(0, Math.min(index, count - 1));
}
