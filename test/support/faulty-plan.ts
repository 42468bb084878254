import { type Fault, type FaultKind, faultKinds, type Uses } from './faulty-doubles.ts';

export interface PlannedFault {
  /** What fails where, in a few words. */
  name: string;
  fault: Fault;
}

function planned(kind: FaultKind, nth: number, lasting: boolean): PlannedFault {
  const name = `${kind.name}, ${kind.use} call ${nth}${lasting ? ' and all after it' : ''}`;
  return { name, fault: kind.at(nth, lasting) };
}

/** One fault of each family, at a call and for a time that chance chooses. */
export function sampleOf(uses: Uses, random: () => number): PlannedFault[] {
  const chosen = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const usable = faultKinds.filter((kind) => uses[kind.use] > 0);
  return [...Map.groupBy(usable, (kind) => kind.family).values()].map((family) => {
    const kind = chosen(family);
    return planned(kind, 1 + Math.floor(random() * uses[kind.use]), random() < 0.5);
  });
}

/**
 * Every call of every port, each once for itself and once with all that come after it. Which of the kinds it
 * fails with goes round, from where chance begins: another seed, other kinds.
 */
export function everyCallOf(uses: Uses, random: () => number): PlannedFault[] {
  return [...Map.groupBy(faultKinds, (kind) => kind.use)].flatMap(([use, kinds]) => {
    const from = Math.floor(random() * kinds.length);
    return Array.from({ length: uses[use] * 2 }, (_, index) => {
      const nth = 1 + (index >> 1);
      const kind = kinds[(from + index + nth) % kinds.length] as FaultKind;
      return planned(kind, nth, index % 2 === 1);
    });
  });
}
