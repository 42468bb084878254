import { isUtf8 } from 'node:buffer';
import { asBuffer } from './bytes.ts';
import { walkDump } from './walk.ts';

/**
 * The statements of a schema-only dump that is held in memory, each exactly as it stands there, with its semicolon.
 * Comments between statements and psql's commands are left out, and COPY data is; a last statement without a semicolon is
 * a statement too. Text that is not valid UTF-8 is taken byte by byte, so different bytes stay different.
 */
export function splitStatements(bytes: Uint8Array): string[] {
  const buffer = asBuffer(bytes);
  const encoding = isUtf8(buffer) ? 'utf8' : 'latin1';
  const found: string[] = [];
  let start = -1;

  const dump = walkDump({
    span(_kind, _bytes, _from, _to, _closed, statement) {
      if (statement !== null && start < 0) start = dump.offset;
    },
    ended() {
      found.push(buffer.toString(encoding, start, dump.offset + 1));
      start = -1;
    },
    copyData() {},
    copyEnd() {},
    through() {},
    trouble() {},
  });
  dump.write(buffer);
  dump.end();
  if (start >= 0) found.push(buffer.toString(encoding, start).trimEnd());
  return found;
}
