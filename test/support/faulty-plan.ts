import { type Fault, type FaultKind, faultKinds, type Uses } from './faulty-doubles.ts';
import { someOf } from './soak.ts';

export interface PlannedFault {
  /** What fails where, in a few words. */
  name: string;
  fault: Fault;
  /** Whether a run may be over before it. */
  mayMiss: boolean;
  /** Whether it may be that no run of several comes to it. */
  mayLack: boolean;
}

/** Nobody knows in how many pieces an answer comes. */
const mayVary = (use: keyof Uses): boolean => use === 'processes read';

/** On a slow machine sessions that are idle go home, and so are written to, a few times more than on a quick one. */
const mayLack = (use: keyof Uses, nth: number, uses: number): boolean =>
  use === 'processes write' && nth > 0.95 * uses;

function planned(kind: FaultKind, nth: number, lasting: boolean, uses: number): PlannedFault {
  const name = `${kind.name}, ${kind.use} call ${nth}${lasting ? ' and all after it' : ''}`;
  const { use, at } = kind;
  return { name, fault: at(nth, lasting), mayMiss: mayVary(use), mayLack: mayLack(use, nth, uses) };
}

/**
 * The calls that every run makes: on a slow machine a session may leave and come back, a dump come in one piece
 * more. Of what varies in every run, the most that one of them made: the last of them must not go untried.
 */
export function usesIn(runs: readonly Uses[]): Uses {
  const uses = Object.keys(runs[0] ?? {}) as (keyof Uses)[];
  const of = (use: keyof Uses): number => {
    const counts = runs.map((run) => run[use]);
    return mayVary(use) ? Math.max(...counts) : Math.min(...counts);
  };
  return Object.fromEntries(uses.map((use) => [use, of(use)])) as Uses;
}

/** One fault of a sixth of the families, at a call and for a time that chance chooses. */
export function sampleOf(uses: Uses, random: () => number): PlannedFault[] {
  const chosen = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const usable = faultKinds.filter((kind) => uses[kind.use] > 0);
  const families = [...Map.groupBy(usable, (kind) => kind.family).values()];
  const turn = Math.floor(random() * families.length);
  return someOf(families, Math.ceil(families.length / 6), turn).map((family) => {
    const kind = chosen(family);
    return planned(kind, 1 + Math.floor(random() * uses[kind.use]), random() < 0.5, uses[kind.use]);
  });
}

/** What is called so often that not every kind is tried at every call. */
const many: readonly (keyof Uses)[] = ['files', 'processes read'];

/**
 * Every call of every port, once for itself and once with all that come after it. What it fails with goes round from
 * call to call, from where chance begins: another seed, other kinds.
 *
 * A call on a file has two errnos in a run, a single one and one that lasts, and so has a read of its kinds; every
 * errno at every call of the store is in test/unit/store/failures. All else has all its kinds at every call.
 */
export function everyCallOf(uses: Uses, random: () => number): PlannedFault[] {
  return [...Map.groupBy(faultKinds, (kind) => kind.use)].flatMap(([use, kinds]) => {
    const from = Math.floor(random() * kinds.length);
    return Array.from({ length: uses[use] }, (_, index) => {
      const nth = index + 1;
      const turned = kinds.map((_, place) => kinds[(from + nth + place) % kinds.length] as FaultKind);
      const tried = many.includes(use) ? turned.slice(0, 2) : turned;
      return tried.map((kind, place) => planned(kind, nth, place === 1, uses[use]));
    }).flat();
  });
}
