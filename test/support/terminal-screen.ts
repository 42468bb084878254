import xterm, { type IBufferCell, type IBufferLine } from '@xterm/headless';
import { graphemeWidths } from './terminal-width.ts';

export interface Cell {
  text: string;
  /** 2 for a wide character, 0 for the cell that its right half covers. */
  width: number;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
  /** `default`, a name as chalk has it, `palette 208` or `#rrggbb`. */
  foreground: string;
  background: string;
}

/** What somebody sees. */
export interface View {
  /** The lines of the active buffer, without trailing spaces. */
  screen(): string[];
  /** Counted from 0; a wide character takes two, the second of them empty. */
  cell(column: number, row: number): Cell;
  /** The cell where a text begins. */
  find(text: string): { column: number; row: number } | null;
  isAlternate(): boolean;
  cursorVisible(): boolean;
  bracketedPaste(): boolean;
  /** The normal buffer with what has scrolled out of it: what is left when a menu has closed. */
  history(): string[];
}

/** An emulated terminal that is fed with what a program writes. */
export interface Screen extends View {
  /** @param parsed Called when all of it has its effect. */
  feed(text: string, parsed?: () => void): void;
  resize(columns: number, rows: number): void;
  /** A frame has been begun (synchronized output) that a terminal would not show yet. */
  isHalfDrawn(): boolean;
  /** What is not as a terminal is when it opens, in words. */
  unusual(): string[];
}

interface Listeners {
  /** What the emulator answers to a question of the program's. */
  onReply(text: string): void;
  /** What the wrapper tells. */
  onTold(text: string): void;
}

export function createScreen(columns: number, rows: number, { onReply, onTold }: Listeners): Screen {
  const emulator = new xterm.Terminal({ cols: columns, rows, scrollback: 10_000, allowProposedApi: true });
  emulator.unicode.register(graphemeWidths);
  emulator.unicode.activeVersion = graphemeWidths.version;
  emulator.onData(onReply);
  const { parser } = emulator;
  parser.registerOscHandler(7777, (text) => {
    onTold(text);
    return true;
  });
  let cursorVisible = true;
  for (const [final, visible] of [
    ['h', true],
    ['l', false],
  ] as const) {
    parser.registerCsiHandler({ prefix: '?', final }, (parameters) => {
      if (parameters.includes(25)) cursorVisible = visible;
      return false;
    });
  }
  // The keyboard protocol of kitty: the emulator does not have it, yet it must be taken back.
  let keyboards = 0;
  for (const [prefix, step] of [
    ['>', 1],
    ['<', -1],
  ] as const) {
    parser.registerCsiHandler({ prefix, final: 'u' }, () => {
      keyboards = Math.max(0, keyboards + step);
      return true;
    });
  }

  const line = (row: number): IBufferLine | undefined => {
    const { active } = emulator.buffer;
    return active.getLine(active.baseY + row);
  };
  const screen = (): string[] => Array.from({ length: emulator.rows }, (_, row) => textOf(line(row)));

  function cell(column: number, row: number): Cell {
    const found = line(row)?.getCell(column);
    if (found === undefined || row >= emulator.rows) throw new Error(`There is no cell ${column}, ${row}`);
    return describeCell(found);
  }

  return {
    feed: (text, parsed) => emulator.write(text, parsed),
    resize: (width, height) => emulator.resize(width, height),
    screen,
    history() {
      const { normal } = emulator.buffer;
      const all = Array.from({ length: normal.length }, (_, row) => textOf(normal.getLine(row)));
      return all.slice(0, all.findLastIndex((text) => text !== '') + 1);
    },
    cell,
    find(text) {
      const row = screen().findIndex((candidate) => candidate.includes(text));
      if (row === -1) return null;
      const before = textOf(line(row)).indexOf(text);
      let column = 0;
      for (let length = 0; length < before; column++)
        length += cell(column, row).width === 0 ? 0 : cell(column, row).text.length;
      while (cell(column, row).width === 0) column++;
      return { column, row };
    },
    isAlternate: () => emulator.buffer.active.type === 'alternate',
    cursorVisible: () => cursorVisible,
    bracketedPaste: () => emulator.modes.bracketedPasteMode,
    isHalfDrawn: () => emulator.modes.synchronizedOutputMode,
    unusual() {
      const { modes } = emulator;
      const states: [boolean, string][] = [
        [emulator.buffer.active.type === 'alternate', 'alternate screen'],
        [!cursorVisible, 'hidden cursor'],
        [modes.bracketedPasteMode, 'bracketed paste'],
        [modes.mouseTrackingMode !== 'none', 'mouse tracking'],
        [modes.sendFocusMode, 'focus events'],
        [modes.applicationCursorKeysMode, 'application cursor keys'],
        [modes.synchronizedOutputMode, 'synchronized output'],
        [!modes.wraparoundMode, 'no wrapping'],
        [modes.insertMode, 'insert mode'],
        [modes.originMode, 'origin mode'],
        [keyboards > 0, 'kitty keyboard'],
      ];
      return states.filter(([is]) => is).map(([, name]) => name);
    },
  };
}

function textOf(line: IBufferLine | undefined): string {
  return line?.translateToString(true).trimEnd() ?? '';
}

function describeCell(cell: IBufferCell): Cell {
  return {
    text: cell.getChars() || (cell.getWidth() === 0 ? '' : ' '),
    width: cell.getWidth(),
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    italic: cell.isItalic() !== 0,
    underline: cell.isUnderline() !== 0,
    inverse: cell.isInverse() !== 0,
    foreground: colour(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor()),
    background: colour(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor()),
  };
}

const basic = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
const names = [...basic, 'gray', ...basic.slice(1).map((name) => `${name}Bright`)];

function colour(isDefault: boolean, isRgb: boolean, value: number): string {
  if (isDefault) return 'default';
  return isRgb ? `#${value.toString(16).padStart(6, '0')}` : (names[value] ?? `palette ${value}`);
}
