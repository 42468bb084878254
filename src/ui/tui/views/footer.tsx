import { type Binding, bindings } from '../keys.ts';
import { fitLine, type Line, type Span, span, widthOf } from '../line.ts';
import { keyName } from '../pages/help.ts';
import type { MenuState } from '../state.ts';
import { OneLine } from './lines.tsx';

/** The keys of what is shown; one that cannot be used now is dimmed. */
export function Footer({ state, columns }: { state: MenuState; columns: number }) {
  return <OneLine line={footerLine(state, columns)} columns={columns} />;
}

function footerLine(state: MenuState, columns: number): Line {
  if (state.question !== null) return [];
  if (state.filtering)
    return [span('Enter', 'strong'), span(' keep the filter  '), span('Esc', 'strong'), span(' take it out')];
  const offered = bindings.filter(({ footer }) => footer.includes(state.place));
  const hints = offered.map((binding) => hint(binding, state));
  const whole = hints.flat();
  if (widthOf(whole.map(({ text }) => text).join('')) <= columns) return whole;
  // The help is what is needed most where not all fits.
  const help = offered.filter(({ intent }) => intent === 'help').flatMap((binding) => hint(binding, state));
  const others = offered.filter(({ intent }) => intent !== 'help').flatMap((binding) => hint(binding, state));
  return [...help, ...fitLine(others, Math.max(0, columns - widthOf(help.map(({ text }) => text).join(''))))];
}

function hint({ keys, label, unavailable }: Binding, state: MenuState): Span[] {
  const possible = (unavailable?.(state) ?? null) === null;
  return [
    span(keyName(keys[0]), possible ? 'strong' : 'faint'),
    span(` ${label}  `, possible ? 'plain' : 'faint'),
  ];
}
