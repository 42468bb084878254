import { edited } from './edit-text.ts';
import type { Pressed } from './effects.ts';
import type { Key } from './keys.ts';
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

function answerName(state: MenuState, question: Extract<Question, { ask: 'name' }>, key: Key): Pressed {
  const { about, typed } = question;
  // Until the preview of the other kind is there, it is not known what the name would set off.
  if (state.job !== null && (key === 'tab' || key === 'enter')) return { state };
  if (key === 'tab' && about.do === 'clear') {
    return { state, effect: { do: 'preview-clear', everything: !about.everything } };
  }
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
