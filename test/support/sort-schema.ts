/** Lines that differ between two dumps of the same schema, or stand wherever the order of the parts puts them. */
const NOISE =
  /^(\\(un)?restrict |-- Dumped (from|by) |SET default_tablespace = |SET default_table_access_method = )/;

/**
 * Puts the parts of a schema dump in a fixed order. pg_dump orders them by kind, name and dependency, and falls
 * back on numbers that a restore changes. A look-alike of a heading inside a function's body only makes
 * more parts; it does not change that equal dumps stay equal.
 */
export function sortSchema(dump: string): string {
  const text = dump
    .split('\n')
    .filter((line) => !NOISE.test(line))
    .join('\n');
  return text
    .split(/\n+--\n(?=-- Name: )/)
    .map((part) => (/^-- Name: .*; Type: (DEFAULT )?ACL;/.test(part) ? sortLines(part) : part.trimEnd()))
    .sort()
    .join('\n\n');
}

/** Grants come in the order in which they were given, which a restore does not keep. */
function sortLines(part: string): string {
  const [heading = '', ...grants] = part.trimEnd().split('\n');
  return [heading, ...grants.sort()].join('\n');
}
