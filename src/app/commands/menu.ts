import { OperationError } from '../../core/errors.ts';
import { toJson } from '../../ui/json.ts';
import type { Paint } from '../../ui/paint.ts';
import { oneLine } from '../../ui/plain-text.ts';
import type { MenuEnd } from '../../ui/tui/open-menu.tsx';
import type { ResultLine } from '../../ui/tui/state.ts';
import type { Context, Outcome, Screen } from '../command.ts';
import { loadJsx } from '../jsx.ts';
import { menuServices } from '../menu-services.ts';
import { fullStatus } from './status.ts';

/** Opens the menu; where there is no terminal for it, tells the status and what to type instead. */
export async function menu(context: Context): Promise<Outcome> {
  const { screen, wiring, paint } = context;
  if (screen === undefined) return equivalents(context);
  const end = await onScreen(screen, async () => {
    const { openMenu } = await loadMenu();
    return openMenu(menuServices(wiring), (interrupt) => {
      context.signal.addEventListener('abort', () => interrupt(screen.interrupts.exitCode ?? 130), {
        once: true,
      });
    });
  });
  const text = end.results.map((result) => resultText(result, paint)).join('\n');
  if (end.force) {
    const lines = [text, 'Ended at once: what was left half done is put in order by the next command.'];
    process.stdout.write(`${lines.filter((line) => line !== '').join('\n')}\n`);
    screen.abandon();
    process.exit(end.exitCode);
  }
  return { json: toJson(end.results), text: () => text, exitCode: end.exitCode };
}

async function onScreen(screen: Screen, show: () => Promise<MenuEnd>): Promise<MenuEnd> {
  screen.take();
  try {
    return await show();
  } catch (error) {
    screen.abandon(); // what was running has nobody left who would end it in good order
    throw error;
  } finally {
    screen.giveBack();
  }
}

/**
 * React decides as it is loaded whether it is made for speed; NODE_ENV is the project's own otherwise. And Yoga (3.2, in
 * Ink) would have `fetch` decode what lies in its own source, for which Node loads an HTTP client.
 */
async function loadMenu(): Promise<typeof import('../../ui/tui/open-menu.tsx')> {
  const { NODE_ENV } = process.env;
  const { fetch } = globalThis;
  process.env['NODE_ENV'] = 'production';
  Reflect.deleteProperty(globalThis, 'fetch');
  try {
    loadJsx();
    return await import('../../ui/tui/open-menu.tsx');
  } finally {
    globalThis.fetch = fetch;
    if (NODE_ENV === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = NODE_ENV;
  }
}

function resultText({ kind, text, notes }: ResultLine, paint: Paint): string {
  const shown = { good: paint.good, bad: paint.bad, plain: (plain: string) => plain }[kind](text);
  return [shown, ...notes.map((note) => `  ${note}`)].join('\n');
}

async function equivalents(context: Context): Promise<Outcome> {
  const { result, text } = await fullStatus(context, true);
  const database = result.target === null ? 'DATABASE' : oneLine(result.database);
  const commands = [
    'The menu needs a terminal. Without one, type:',
    '  npm run db:backup',
    `  npm run restore BACKUP -- --confirm=${database}`,
    `  npm run db:clear -- --confirm=${database}`,
    `  npm run db:undo -- --confirm=${database}`,
    '  npm run db:status',
  ];
  if (result.unreachable?.hint !== undefined) context.say(result.unreachable.hint);
  const hint = `To clear without it: npm run db:clear -- --confirm=${database}`;
  context.say(`The menu needs a terminal. ${hint}`);
  const error = new OperationError('confirmation-needed', 'The menu needs a terminal.', { hint });
  return { json: null, text: () => `${text()}\n\n${commands.join('\n')}`, error };
}
