/**
 * Shell text that waits for a server, to be run inside its container, where a look costs no `docker exec`. While the
 * image initialises, its server answers on the socket only: an answer over TCP is the first sign of the real one.
 */
export const waitForServer = 'until pg_isready -q -h 127.0.0.1 && pg_isready -q; do sleep 0.05; done';
