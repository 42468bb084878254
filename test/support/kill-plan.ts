import { type Kill, kills } from './kill-kinds.ts';

/** What people type, after the name of the tool; a restore is of the set that is given. */
export const operations = {
  backup: () => ['backup'],
  restore: (set: string) => ['restore', set, '--confirm=kubegram'],
  clear: () => ['clear', '--confirm=kubegram'],
  undo: () => ['undo', '--confirm=kubegram'],
  cleanup: () => ['cleanup', '--yes'],
  verify: (set: string) => ['verify', set, '--deep'],
};
export type Operation = keyof typeof operations;

export const operationNames = Object.keys(operations) as Operation[];

export interface Planned {
  nth: number;
  kill: Kill;
  operation: Operation;
  /** Where in the operation's usual time; before 0.15 only Node is at work. */
  moment: number;
  /** The command after it; none where nothing was killed. */
  next: 'status' | 'backup' | undefined;
}

/** Every kind of kill as often as every other, each in turn in every operation, at moments by chance. */
export function planOf(count: number, random: () => number): Planned[] {
  const from = Math.floor(random() * operationNames.length);
  const plan = Array.from({ length: count }, (_, index) => {
    const kill = kills[index % kills.length] as Kill;
    const able = operationNames.filter((name) => !kill.onServer || name !== 'cleanup');
    const turn = from + (index % kills.length) + Math.floor(index / kills.length);
    const operation = able[turn % able.length] as Operation;
    const next = random() < 0.7 ? ('status' as const) : ('backup' as const);
    return { kill, operation, next, moment: 0.15 + 0.85 * random(), order: random() };
  });
  return plan
    .sort((a, b) => a.order - b.order)
    .map(({ order: _, ...one }, index) => ({ nth: index + 1, ...one }));
}
