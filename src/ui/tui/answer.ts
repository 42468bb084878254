import { edited } from './edit-text.ts';
import type { Pressed } from './effects.ts';
import { bindingFor, type Intent, type Key } from './keys.ts';
import { layoutOf } from './layout.ts';
import { aboutOf } from './pages/below.ts';
import { firstLine } from './pages/page.ts';
import { textOf } from './read-keys.ts';
import { databaseOf, type MenuState, type Question } from './state.ts';

/** What a key does while a question is asked; Esc takes the question away. */
export function answer(state: MenuState, question: Question, key: Key): Pressed {
  const over: MenuState = { ...state, question: null };
  // A preview that is still looked at would ask again.
  if (key === 'escape') return state.job?.quick ? { state: over, effect: { do: 'cancel' } } : { state: over };
  switch (question.ask) {
    case 'note':
      if (key === 'enter') return { state: over, effect: { do: 'back-up', note: question.typed.trim() } };
      return { state: { ...state, question: { ...question, typed: edited(question.typed, key) } } };
    case 'name':
      return answerName(state, question, key);
    case 'delete':
      // Whatever is not a yes is a no.
      return key === 'y' || key === 'Y'
        ? { state: over, effect: { do: 'delete', id: question.id } }
        : { state: over };
    case 'quit':
      return key === 'y' || key === 'Y'
        ? { state: over, effect: { do: 'quit', exitCode: 130 } }
        : { state: over };
  }
}

type NameQuestion = Extract<Question, { ask: 'name' }>;

/** How many pages and lines each goes. */
const scrolling: Partial<Record<Intent, readonly [pages: number, lines: number]>> = {
  up: [0, -1],
  down: [0, 1],
  'page-up': [-1, 0],
  'page-down': [1, 0],
};

function scrolled(
  state: MenuState,
  question: NameQuestion,
  [pages, lines]: readonly [number, number],
): NameQuestion {
  const { about, rows } = aboutOf(state, question, layoutOf(state).belowLimit);
  const from = firstLine(question.scroll, about.length, rows);
  return { ...question, scroll: firstLine(from + pages * rows + lines, about.length, rows) };
}

function answerName(state: MenuState, question: NameQuestion, key: Key): Pressed {
  const { about, typed } = question;
  // Until the preview of the other kind is there, it is not known what the name would set off.
  if (state.job !== null && (key === 'tab' || key === 'enter')) return { state };
  if (key === 'tab' && about.do === 'clear') {
    return { state, effect: { do: 'preview-clear', everything: !about.everything } };
  }
  // The keys of the table that scroll, but for those that are text here.
  const step = textOf(key) === '' ? scrolling[bindingFor(key, state.place)?.intent ?? 'enter'] : undefined;
  if (step !== undefined) return { state: { ...state, question: scrolled(state, question, step) } };
  if (key !== 'enter')
    return { state: { ...state, question: { ...question, typed: edited(typed, key), wrong: false } } };
  // The operation holds the promise; here a slip is told before anything begins.
  if (typed !== databaseOf(about))
    return { state: { ...state, question: { ...question, typed: '', wrong: true } } };
  return {
    state: { ...state, question: null, choosing: false },
    effect: { do: 'confirmed', about, confirm: typed },
  };
}
