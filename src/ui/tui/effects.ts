import type { Dangerous, MenuState } from './state.ts';

/** What a key sets off outside the state; the controller carries it out. */
export type Effect =
  | { do: 'back-up'; note: string }
  | { do: 'preview-restore'; id: string }
  | { do: 'preview-clear'; everything: boolean }
  | { do: 'preview-undo' }
  | { do: 'confirmed'; about: Dangerous; confirm: string }
  | { do: 'verify'; id: string; deep: boolean }
  | { do: 'pin'; id: string; pinned: boolean }
  | { do: 'delete'; id: string }
  | { do: 'refresh' }
  | { do: 'cancel' }
  /** The terminal goes to the shell until that gives it back. */
  | { do: 'suspend' }
  /** `exitCode` 130 where it was Ctrl-C. */
  | { do: 'quit'; exitCode: number };

/** The state after a key, and what it sets off. */
export interface Pressed {
  state: MenuState;
  effect?: Effect;
}
