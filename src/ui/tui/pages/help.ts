import { bindings } from '../keys.ts';
import { type Line, line, span, toWidth, wrapped } from '../line.ts';
import type { MenuState } from '../state.ts';

/** A key as people write it. */
export function keyName(key: string): string {
  const names: Record<string, string> = {
    up: '↑',
    down: '↓',
    left: '←',
    enter: 'Enter',
    escape: 'Esc',
    pageup: 'PgUp',
    pagedown: 'PgDn',
    home: 'Home',
    end: 'End',
    space: 'Space',
    delete: 'Del',
    'ctrl+c': 'Ctrl-C',
    'ctrl+r': 'Ctrl-R',
    'ctrl+z': 'Ctrl-Z',
  };
  return names[key] ?? key;
}

/** Every key with what it does; one that cannot be used now is dimmed and says why. */
export function helpLines(state: MenuState): Line[] {
  const origin = { ...state, place: state.before };
  return [
    line('Keys', 'strong'),
    ...bindings.flatMap(({ keys, help, unavailable }): Line[] => {
      const why = unavailable?.(origin) ?? null;
      const tone = why === null ? 'plain' : 'faint';
      const text = why === null ? help : `${help} (not now: ${why})`;
      const name = toWidth(keys.map(keyName).join(' '), nameWidth);
      const [first = [], ...rest] = wrapped(text, tone, Math.max(1, state.columns - nameWidth));
      const indent = span(' '.repeat(nameWidth));
      return [
        [span(name, why === null ? 'strong' : 'faint'), ...first],
        ...rest.map((line) => [indent, ...line]),
      ];
    }),
  ];
}

const nameWidth = 12;
