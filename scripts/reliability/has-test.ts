/** Whether a file has a test with this title that runs: not commented out, not skipped, not only a text like it. */
export function hasTest(text: string, title: string): boolean {
  return ["'", '"', '`'].some((quote) => {
    const literal = quote + title + quote;
    for (let at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, at + 1)) {
      if (isTitle(text.slice(0, at))) return true;
    }
    return false;
  });
}

/** A call that a title may follow: `test(`, `it(`, and the second parentheses of `test.each(…)(`. */
const opening = /(?:\b(?:test|it)|(?:\]|\)))\(\s*$/;

function isTitle(before: string): boolean {
  if (!opening.test(before)) return false;
  const call = [...before.matchAll(/^(.*?)\b(?:test|it)((?:\.\w+)*)[(<`]/gm)].at(-1);
  const [, ahead = '', how = ''] = call ?? [];
  return call !== undefined && !/\/\/|\*/.test(ahead) && !/\.(skip|todo|fails)\b/.test(how);
}
