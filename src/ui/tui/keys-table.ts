import { bindings } from './keys.ts';
import { keyName } from './pages/help.ts';
import type { Place } from './state.ts';

const everywhere = 'everywhere';
const names: Record<Place, string> = {
  menu: 'menu',
  backups: 'list',
  details: 'details',
  status: 'status',
  help: 'keys',
};

/** The keys as a table of Markdown: what `docs/menu.md` shows. */
export function keysTable(): string {
  const rows = bindings.map(({ keys, help, places }) => {
    const shown = keys.map((key) => `\`${keyName(key)}\``).join(' ');
    const where =
      places === undefined || places.length === 5
        ? everywhere
        : places.map((place) => names[place]).join(', ');
    return `| ${shown} | ${help} | ${where} |`;
  });
  return ['| key | does | where |', '|---|---|---|', ...rows].join('\n');
}
