const esc = '\\u001b';
/** A string of a terminal's ends with BEL or ESC \\; anything else that is no text breaks it off. */
const ended = `[^\\u0000-\\u001f]*(?:\\u0007|${esc}\\\\)`;
const unended = `[^\\u0000-\\u001f]*${esc}?`;
/** What a reply in such a string begins with: no more, since Alt and a letter begins with the same two characters. */
const strings = ['\\][\\dlL]', 'P[\\d>!=$+]', '_G'].join('|');

/** Colours, titles, versions, the clipboard; and mouse reports of the oldest kind, three characters after `ESC [ M`. */
const reply = new RegExp(`${esc}(?:(?:${strings})${ended}|\\[M[^${esc}]{3})`, 'gu');
/** What may be the beginning of one, or of a control sequence that Ink knows when it is whole. */
const begun = new RegExp(
  `${esc}(?:(?:${strings})${unended}|[\\]P_]|\\[(?:M[^${esc}]{0,2}|[0-?]*[ -/]*))$`,
  'u',
);

/** A reply comes in one go, or in two over a slow line; what is pressed later is no rest of it. */
const patienceMs = 1000;

/**
 * Takes out of what is read what the terminal says by itself and nobody has typed. Ink leaves out such control
 * sequences as are whole; strings, and what is cut in two, it would pass on as typed text.
 */
export function withoutReplies(now: () => number = () => performance.now()): (chunk: string) => string {
  let held = '';
  let heldSince = 0;
  return (chunk) => {
    const at = now();
    const read = (held !== '' && at - heldSince < patienceMs ? held : '') + chunk;
    const text = read.replaceAll(reply, '');
    const rest = begun.exec(text)?.[0] ?? '';
    if (rest === '' || held === '') heldSince = at;
    held = rest;
    return text.slice(0, text.length - rest.length);
  };
}

/** A terminal's input without what it says by itself. */
export function quietInput(stdin: NodeJS.ReadStream): NodeJS.ReadStream {
  const typed = withoutReplies();
  const read = (): string | null => {
    for (;;) {
      const chunk: string | Buffer | null = stdin.read();
      if (chunk === null) return null;
      const text = typed(String(chunk));
      if (text !== '') return text;
    }
  };
  return new Proxy(stdin, {
    get(target, name) {
      if (name === 'read') return read;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
