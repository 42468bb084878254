/** One stretch of an operation. */
export interface Step {
  /** Its own within the operation. */
  readonly name: string;
  /**
   * How long it takes on a machine as ours, in seconds; how this run compares with that is learned as it goes. Undefined
   * where nothing is known yet.
   */
  readonly seconds: number | undefined;
}

/** An operation, as far as it can be foreseen: steps one after the other. */
export interface Course {
  readonly steps: readonly Step[];
  /** The place of the step that is at work. */
  readonly at: number;
}

/** The course of a step that has steps of its own: these stand in its place. */
export function within(outer: Course, inner: Course | undefined): Course {
  if (inner === undefined) return outer;
  const { steps, at } = outer;
  return { steps: [...steps.slice(0, at), ...inner.steps, ...steps.slice(at + 1)], at: at + inner.at };
}
