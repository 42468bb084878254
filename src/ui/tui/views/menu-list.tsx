import { bindingOf, menuItems } from '../keys.ts';
import { windowOf } from '../layout.ts';
import { type Line, line, span, toWidth } from '../line.ts';
import { keyName } from '../pages/help.ts';
import type { MenuState } from '../state.ts';
import { Lines } from './lines.tsx';

/** The seven things to do; one that cannot be done now is dimmed and says why. */
export function MenuList({ state, columns, rows }: { state: MenuState; columns: number; rows: number }) {
  const items = menuItems.map((intent, at): Line => {
    const { keys, label, help, unavailable } = bindingOf(intent);
    const why = unavailable?.(state) ?? null;
    const mark = at === state.item ? '❯ ' : '  ';
    const name = toWidth(label, 14);
    const key = toWidth(keyName(keys[0]), 3);
    if (why !== null) return [span(mark, 'strong'), span(`${key}${name}${why}`, 'faint')];
    const tone = at === state.item ? 'strong' : 'plain';
    return [span(mark, 'strong'), span(key, 'good'), span(name, tone), span(help, 'faint')];
  });
  const roomy = rows >= items.length + 2;
  const { from, to } = windowOf(items.length, state.item, rows);
  return <Lines lines={roomy ? [line(''), ...items] : items.slice(from, to)} columns={columns} rows={rows} />;
}
