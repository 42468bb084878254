import type { PGlite } from '@electric-sql/pglite';

/**
 * pglite-tools takes every line that begins with `\restrict` or `\unrestrict` out of a dump, inside quoted
 * text too (0.4.8): a row's line would be lost without a word. What pg_dump reads is looked at for such lines.
 */
const lostLine = /(?:[\n\r]|\xe2\x80[\xa8\xa9])\\(?:un)?restrict\b/i;
/** The longest text that the pattern fits: it may lie across two pieces. */
const overlap = 16;

export interface GuardedSource {
  /** What pg_dump is given in the place of the database. */
  pg: PGlite;
  /** Whether the dump lacks a line that the database holds. */
  lostSomething(): boolean;
}

export function guardedSource(pg: PGlite): GuardedSource {
  let lost = false;
  let before = '';
  const look = (piece: Uint8Array): void => {
    const text = before + Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1');
    lost ||= lostLine.test(text);
    before = text.slice(-overlap);
  };
  const source: Pick<PGlite, 'query' | 'exec' | 'execProtocolRawStream'> = {
    query: pg.query.bind(pg),
    exec: async (sql, options) => {
      // pg_dump goes without ending its transaction; until somebody does, the session cannot write (0.4.8).
      await pg.exec('ROLLBACK');
      return pg.exec(sql, options);
    },
    execProtocolRawStream: (message, options) =>
      pg.execProtocolRawStream(message, {
        ...options,
        onRawData: (data) => {
          look(data);
          options.onRawData(data);
        },
      }),
  };
  return { pg: source as PGlite, lostSomething: () => lost };
}
