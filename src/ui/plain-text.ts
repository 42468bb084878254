/**
 * A text from outside (a name, a server's message) on one line and without control characters: whatever a
 * table is called, it cannot move the cursor, add a line or turn the direction of what is shown.
 */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ');
}
