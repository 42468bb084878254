import { soaking } from './soak.ts';

/**
 * What a file of tests is run on that differs little from server to server: the newest in `make test`, the oldest
 * too in `make soak`. What depends on the server (dumps, whole round trips, by hand) is run on either in `make test`, as the
 * seed says, and on both in `make soak`.
 */
export const majors: readonly (15 | 17)[] = soaking ? [15, 17] : [17];
