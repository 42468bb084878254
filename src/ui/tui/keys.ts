import type { MenuState, Place } from './state.ts';
import { busy, missing, noBackup, nothingToUndo, outOfReach, pinned, unverifiable } from './unavailable.ts';

/** A key as it is written in the help: a letter, or a name like `enter`, `pageup`, `ctrl+c`. */
export type Key = string;

export type Intent =
  | 'list'
  | 'back-up'
  | 'restore'
  | 'clear'
  | 'undo'
  | 'status'
  | 'quit'
  | 'verify'
  | 'verify-deep'
  | 'delete'
  | 'pin'
  | 'filter'
  | 'sort'
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'first'
  | 'last'
  | 'enter'
  | 'back'
  | 'refresh'
  | 'help'
  | 'interrupt'
  | 'suspend';

export interface Binding {
  intent: Intent;
  /** The first is the one that is shown. */
  keys: readonly [Key, ...Key[]];
  /** A word or two for the footer and the menu. */
  label: string;
  /** One line for the help and the documentation. */
  help: string;
  /** Where it is offered in the footer; elsewhere the key works all the same. */
  footer: readonly Place[];
  /** Where the key means this; everywhere, unless it says so. */
  places?: readonly Place[];
  /** It means this while something is asked or typed, too. */
  always?: true;
  /** Why it cannot be done now, as a sentence; null where it can. */
  unavailable?(state: MenuState): string | null;
}

const lists: readonly Place[] = ['backups', 'details'];
const scrolls: readonly Place[] = ['menu', 'backups', 'details', 'status', 'help'];

/** The one table of keys: dispatch, footer, help and documentation come from it. */
export const bindings: readonly Binding[] = [
  { intent: 'list', keys: ['l'], label: 'List backups', help: 'list the backups', footer: ['status'] },
  {
    intent: 'back-up',
    keys: ['b'],
    label: 'Back up',
    help: 'back the database up, with a note',
    footer: ['backups'],
    unavailable: (state) => busy(state) ?? outOfReach(state) ?? missing(state),
  },
  {
    intent: 'restore',
    keys: ['r'],
    label: 'Restore',
    help: 'bring the chosen backup back; what is there now is backed up first',
    footer: lists,
    unavailable: (state) => busy(state) ?? outOfReach(state) ?? noBackup(state) ?? unverifiable(state),
  },
  {
    intent: 'clear',
    keys: ['C'],
    label: 'Clear',
    help: 'empty the database, after a verified backup',
    footer: [],
    unavailable: (state) => busy(state) ?? outOfReach(state) ?? missing(state),
  },
  {
    intent: 'undo',
    keys: ['u'],
    label: 'Undo',
    help: 'bring back what the last clear, restore or undo replaced',
    footer: ['backups'],
    unavailable: (state) => busy(state) ?? outOfReach(state) ?? nothingToUndo(state),
  },
  {
    intent: 'status',
    keys: ['s'],
    label: 'Status',
    help: 'show the tables and everything about the database',
    footer: [],
  },
  {
    intent: 'enter',
    keys: ['enter'],
    label: 'Choose',
    help: 'do what is chosen; in the list: show the details',
    footer: ['menu', 'backups'],
  },
  {
    intent: 'verify',
    keys: ['v'],
    label: 'Verify',
    help: 'prove the chosen backup: checksum, completeness, rows',
    footer: lists,
    places: lists,
    unavailable: (state) => busy(state) ?? noBackup(state) ?? unverifiable(state),
  },
  {
    intent: 'verify-deep',
    keys: ['V'],
    label: 'Deep verify',
    help: 'prove it by a real restore into a scratch database',
    footer: ['details'],
    places: lists,
    unavailable: (state) => busy(state) ?? outOfReach(state) ?? noBackup(state) ?? unverifiable(state),
  },
  {
    intent: 'pin',
    keys: ['p'],
    label: 'Pin',
    help: 'keep the chosen backup from rotation and deletion, or give it back to them',
    footer: lists,
    places: lists,
    unavailable: (state) => busy(state) ?? noBackup(state) ?? unverifiable(state),
  },
  {
    intent: 'delete',
    keys: ['d', 'delete'],
    label: 'Delete',
    help: 'delete the chosen backup',
    footer: lists,
    places: lists,
    unavailable: (state) => busy(state) ?? noBackup(state) ?? pinned(state),
  },
  {
    intent: 'filter',
    keys: ['/'],
    label: 'Filter',
    help: 'show the backups that a text is found in',
    footer: ['backups'],
    places: ['backups'],
  },
  {
    intent: 'sort',
    keys: ['o'],
    label: 'Order',
    help: 'order by age, size or rows',
    footer: ['backups'],
    places: ['backups'],
  },
  { intent: 'up', keys: ['up', 'k'], label: 'Up', help: 'one line up', footer: [], places: scrolls },
  { intent: 'down', keys: ['down', 'j'], label: 'Down', help: 'one line down', footer: [], places: scrolls },
  { intent: 'page-up', keys: ['pageup'], label: 'Page up', help: 'one page up', footer: [], places: scrolls },
  {
    intent: 'page-down',
    keys: ['pagedown', 'space'],
    label: 'Page down',
    help: 'one page down',
    footer: [],
    places: scrolls,
  },
  {
    intent: 'first',
    keys: ['home', 'g'],
    label: 'First',
    help: 'to the first line',
    footer: [],
    places: scrolls,
  },
  {
    intent: 'last',
    keys: ['end', 'G'],
    label: 'Last',
    help: 'to the last line',
    footer: [],
    places: scrolls,
  },
  { intent: 'refresh', keys: ['ctrl+r'], label: 'Refresh', help: 'look at everything again', footer: [] },
  {
    intent: 'back',
    keys: ['escape', 'left'],
    label: 'Back',
    help: 'take the filter out, then go back',
    footer: ['backups', 'details', 'status', 'help'],
  },
  {
    intent: 'help',
    keys: ['?'],
    label: 'Keys',
    help: 'show all keys',
    footer: ['menu', 'backups', 'details', 'status'],
  },
  {
    intent: 'quit',
    keys: ['q'],
    label: 'Quit',
    help: 'close the menu; asks while something is running',
    footer: ['menu', 'backups', 'status'],
  },
  {
    intent: 'interrupt',
    keys: ['ctrl+c'],
    label: 'Cancel',
    help: 'cancel what is running, once more to end at once; else close the menu',
    footer: [],
    always: true,
  },
  {
    intent: 'suspend',
    keys: ['ctrl+z'],
    label: 'To the shell',
    help: 'give the terminal to the shell; fg brings the menu back',
    footer: ['status', 'help'],
    always: true,
    // What is stopped half-way would hold its locks, and what it started goes on without it.
    unavailable: busy,
  },
];

/** The lines of the menu, in their order. */
export const menuItems: readonly Intent[] = ['list', 'back-up', 'restore', 'clear', 'undo', 'status', 'quit'];

export function bindingOf(intent: Intent): Binding {
  const found = bindings.find((binding) => binding.intent === intent);
  if (found === undefined) throw new Error(`No key is bound to ${intent}.`);
  return found;
}

/** What a key means at a place. */
export function bindingFor(key: Key, place: Place): Binding | undefined {
  return bindings.find(({ keys, places }) => keys.includes(key) && (places?.includes(place) ?? true));
}
