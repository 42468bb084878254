/** What a run with chance in it starts from; it is printed, and repeats the run when it is given. */
export const seed = Number(process.env['KUBEGRAM_TEST_SEED'] ?? Date.now() % 1_000_000);

/** The numbers of one part of a run: they are the same whatever the other parts drew. */
export function numbersFor(part: number): () => number {
  return numbersOf(seed * 1000 + part);
}

/** Mulberry32: the same numbers for the same seed. */
export function numbersOf(start: number): () => number {
  let value = start;
  return () => {
    value = (value + 0x6d2b79f5) | 0;
    let mixed = Math.imul(value ^ (value >>> 15), 1 | value);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
