const named: Record<string, string> = {
  up: '\u001B[A',
  down: '\u001B[B',
  right: '\u001B[C',
  left: '\u001B[D',
  home: '\u001B[H',
  end: '\u001B[F',
  insert: '\u001B[2~',
  delete: '\u001B[3~',
  pageup: '\u001B[5~',
  pagedown: '\u001B[6~',
  'shift+tab': '\u001B[Z',
  enter: '\r',
  escape: '\u001B',
  tab: '\t',
  backspace: '\u007F',
  space: ' ',
};

/** What xterm sends for a key: a name of the table, `ctrl+x`, or any single character. */
export function bytesOf(key: string): string {
  const control = /^ctrl\+([a-z])$/.exec(key)?.[1];
  if (control !== undefined) return String.fromCharCode(control.charCodeAt(0) - 96);
  const sent = named[key] ?? ([...key].length === 1 ? key : undefined);
  if (sent === undefined) throw new Error(`There is no key "${key}"; text is typed by type()`);
  return sent;
}
