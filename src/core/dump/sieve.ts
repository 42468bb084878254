/** Passes bytes on in order, but for stretches that are left out or not decided upon yet. */
export interface Sieve {
  /** What was passed on since the last call: views into the chunks, to be used before those are reused. */
  take(): Uint8Array[];
  /** From this place of the present buffer on, nothing is passed on until `decide`. */
  hold(bytes: Buffer, at: number): void;
  /** Passes what was held on, or leaves out everything from the place of `hold` up to this one. */
  decide(keep: boolean, at: number): void;
  /** Leaves out a stretch of the present buffer. */
  leaveOut(bytes: Buffer, from: number, to: number): void;
  /** Bytes that are not in the source, before this place. */
  insert(bytes: Buffer, at: number, added: Buffer): void;
  /** The present buffer ends here, the next one begins at 0. */
  through(bytes: Buffer, to: number): void;
  readonly holding: boolean;
  /** How many bytes are held in memory: those of earlier chunks. */
  readonly heldBytes: number;
}

export function sieve(): Sieve {
  let passed: Uint8Array[] = [];
  let held: Buffer[] = [];
  let heldBytes = 0;
  let holding = false;
  let from = 0;

  function pass(bytes: Buffer, to: number): void {
    if (to > from) passed.push(bytes.subarray(from, to));
    from = to;
  }

  return {
    take() {
      const taken = passed;
      passed = [];
      return taken;
    },
    hold(bytes, at) {
      pass(bytes, at);
      holding = true;
    },
    decide(keep, at) {
      if (keep) passed.push(...held);
      else from = at;
      held = [];
      heldBytes = 0;
      holding = false;
    },
    leaveOut(bytes, start, to) {
      pass(bytes, start);
      from = to;
    },
    insert(bytes, at, added) {
      pass(bytes, at);
      passed.push(added);
    },
    through(bytes, to) {
      if (!holding) pass(bytes, to);
      else if (to > from) {
        held.push(Buffer.from(bytes.subarray(from, to)));
        heldBytes += to - from;
      }
      from = 0;
    },
    get holding() {
      return holding;
    },
    get heldBytes() {
      return heldBytes;
    },
  };
}
