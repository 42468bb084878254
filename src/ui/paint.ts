import { styleText } from 'node:util';

/** Colours that mean something: good, a warning, bad, the thing to look at, the less important. */
export interface Paint {
  good(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  strong(text: string): string;
  faint(text: string): string;
}

export function paint(colour: boolean): Paint {
  const style =
    (format: Parameters<typeof styleText>[0]) =>
    (text: string): string =>
      colour ? styleText(format, text, { validateStream: false }) : text;
  return {
    good: style('green'),
    warn: style('yellow'),
    bad: style('red'),
    strong: style('bold'),
    faint: style('dim'),
  };
}
