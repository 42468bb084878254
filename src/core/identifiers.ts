const plainIdentifier = /^[a-z_][a-z0-9_$]*$/;

// The words that PostgreSQL 18 reserves (pg_get_keywords: catcode R and T); they need quotes as names.
const reserved = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate
  collation column concurrently constraint create cross current_catalog current_date current_role
  current_schema current_time current_timestamp current_user default deferrable desc distinct do else end
  except false fetch for foreign freeze from full grant group having ilike in initially inner intersect into
  is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on
  only or order outer overlaps placing primary references returning right select session_user similar some
  symmetric system_user table tablesample then to trailing true union unique user using variadic verbose when
  where window with`.split(/\s+/),
);

/** An identifier as SQL writes it: bare where that is safe, else in double quotes. */
export function quoteIdentifier(name: string): string {
  return plainIdentifier.test(name) && !reserved.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** A text as an SQL literal, right whatever `standard_conforming_strings` is. */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/**
 * An identifier on one line: control characters, which a list with one name a line cannot hold, are
 * written in SQL's own `U&"\000A"` form, and so are those that turn the direction of what is shown.
 */
export function lineIdentifier(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const control = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;
  if (!control.test(name)) return quoteIdentifier(name);
  const escaped = name
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '""')
    .replaceAll(control, (char) => `\\${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`);
  return `U&"${escaped}"`;
}

/** `schema.table`, each part as {@link lineIdentifier} writes it. */
export function tableIdentifier(table: { schema: string; name: string }): string {
  return `${lineIdentifier(table.schema)}.${lineIdentifier(table.name)}`;
}
