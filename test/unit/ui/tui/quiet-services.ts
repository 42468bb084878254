import type { MenuServices } from '../../../../src/ui/tui/services.ts';
import {
  clearPreview,
  look,
  numberedSet,
  numberedSets,
  restorePreview,
  undoPoint,
  undoPreview,
} from './states.ts';

/** The port, in memory: everything is called, nothing is decided. What a test is about replaces its part. */
export function quietServices(differences: Partial<MenuServices> = {}): MenuServices {
  const set = numberedSet(3);
  const ended = {
    warnings: [],
    repairs: [],
    removed: [],
    keptUndoPoints: [],
    undoPoint: null,
    blockedMs: 12,
  };
  return {
    lookEveryMs: 1500,
    look: async () => look({}, numberedSets(3)),
    backups: async () => numberedSets(3),
    backUp: async () => ({ set, previous: null, ...ended }),
    previewRestore: async () => restorePreview(),
    restore: async () => ({
      outcome: 'restored',
      database: 'kubegram',
      set,
      changes: [],
      exact: true,
      safetyBackup: { id: 'safe', reused: false },
      ...ended,
    }),
    previewClear: async () => clearPreview(),
    clear: async () => ({ ...clearPreview(), outcome: 'cleared', backup: set, ...ended }),
    previewUndo: async () => undoPreview(),
    undo: async () => ({
      database: 'kubegram',
      from: undoPoint,
      undoPoint: null,
      blockedMs: 1,
      repairs: [],
    }),
    verify: async () => ({ set, level: 'hash', warnings: [] }),
    remove: async () => set,
    pin: async () => set,
    now: () => Date.now(),
    ...differences,
  };
}
