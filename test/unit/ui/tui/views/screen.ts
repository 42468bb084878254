import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { render } from 'ink';
import { createElement } from 'react';
import type { MenuController } from '../../../../../src/ui/tui/controller.ts';
import type { MenuState } from '../../../../../src/ui/tui/state.ts';
import { update } from '../../../../../src/ui/tui/update.ts';
import { App } from '../../../../../src/ui/tui/views/app.tsx';

interface Size {
  columns: number;
  rows: number;
}

/** The menu, drawn by Ink into memory. */
export interface Screen {
  /** The last frame, without colours, a line each. */
  lines(): string[];
  /** The same as Ink wrote it. */
  raw(): string;
  /** How many frames were drawn. */
  frames(): number;
  type(bytes: string): Promise<void>;
  resize(size: Size): Promise<void>;
  close(): void;
}

/** Until what was set off has been drawn: Ink waits for the rest of an escape sequence before it takes Esc for a key. */
async function settle(): Promise<void> {
  // In rounds: a frame that takes long to draw is followed by what it sets off, which is drawn after it.
  for (let round = 0; round < 3; round++) await sleep(20);
}

export async function openScreen(menu: MenuController, size: Size, opened = settle): Promise<Screen> {
  const written: string[] = [];
  const stdout = Object.assign(new EventEmitter(), {
    isTTY: true,
    ...size,
    write: (text: string) => written.push(text) > 0,
  });
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: () => stdin,
    ref: () => stdin,
    unref: () => stdin,
  });
  const stream = stdout as unknown as NodeJS.WriteStream;
  const app = render(createElement(App, { menu }), {
    stdout: stream,
    stderr: stream,
    stdin: stdin as unknown as NodeJS.ReadStream,
    debug: true, // every frame whole, at once
    interactive: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  await opened();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what Ink asks of a terminal is told from a frame by it
  const drawn = (): string[] => written.filter((text) => !/^(\u001b\[\??[0-9;]*[a-zA-Z])*$/.test(text));
  return {
    lines: () => stripVTControlCharacters(drawn().at(-1) ?? '').split('\n'),
    raw: () => drawn().at(-1) ?? '',
    frames: () => drawn().length,
    type: async (bytes) => {
      stdin.write(bytes);
      await settle();
    },
    resize: async (next) => {
      Object.assign(stdout, next);
      stdout.emit('resize');
      await settle();
    },
    close: () => app.unmount(),
  };
}

/** A menu that stands still at a state; only its size changes. */
export function standing(start: MenuState): MenuController {
  let state = start;
  const listeners = new Set<() => void>();
  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    press: () => {},
    paste: () => {},
    resize: (columns, rows) => {
      if (columns === state.columns && rows === state.rows) return;
      state = update(state, { on: 'resized', columns, rows });
      for (const listener of listeners) listener();
    },
    interrupt: () => {},
    closed: new Promise(() => {}),
    dispose: () => {},
  };
}

/** The first frame is drawn at once. */
const drawn = (): Promise<void> => new Promise(setImmediate);

/** What the menu shows at a state and a size. */
export async function frameOf(state: MenuState, size: Size): Promise<{ lines: string[]; raw: string }> {
  const screen = await openScreen(standing({ ...state, ...size }), size, drawn);
  const shown = { lines: screen.lines(), raw: screen.raw() };
  screen.close();
  return shown;
}
