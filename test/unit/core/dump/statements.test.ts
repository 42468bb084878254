import { describe, expect, it } from 'vitest';
import { splitStatements } from '../../../../src/core/dump/statements.ts';
import { ADVERSARIAL, dump } from './dumps.ts';

describe('splitStatements', () => {
  it('gives each statement exactly as it stands, without the comments between them', () => {
    const text =
      '--\n-- Name: a\n--\n\nCREATE TABLE "a;b" (\n  c text DEFAULT \';\' -- inside\n);\n\n\nSET x = 1;SET y = 2;\n';
    expect(splitStatements(Buffer.from(text))).toEqual([
      'CREATE TABLE "a;b" (\n  c text DEFAULT \';\' -- inside\n);',
      'SET x = 1;',
      'SET y = 2;',
    ]);
  });

  it('leaves out the commands of psql and the data of COPY', () => {
    const found = splitStatements(dump(ADVERSARIAL));
    expect(found.filter((statement) => statement.startsWith('\\'))).toEqual([]);
    expect(found).toContain('COPY public.zero_columns  FROM stdin;');
    expect(found.at(-1)).toBe('INSERT INTO public.zero_columns DEFAULT VALUES;');
  });

  it('keeps bodies with semicolons whole', () => {
    const body =
      'CREATE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC SELECT CASE 1 WHEN 1 THEN 2 END; SELECT 2; END;';
    expect(splitStatements(Buffer.from(`${body}\nSET a = 1;`))).toEqual([body, 'SET a = 1;']);
  });

  it('keeps bytes apart that are not UTF-8, and text whole that is', () => {
    expect(splitStatements(Buffer.from('SET é = 1;'))).toEqual(['SET é = 1;']);
    expect(splitStatements(Buffer.from([0xe9, 0x3b, 0xe8, 0x3b]))).toEqual(['é;', 'è;']);
  });

  it('gives a last statement that has no end, and nothing for nothing', () => {
    expect(splitStatements(Buffer.from('SET a = 1;\nSET b = \n'))).toEqual(['SET a = 1;', 'SET b =']);
    expect(splitStatements(Buffer.from('-- nothing\n'))).toEqual([]);
  });
});
