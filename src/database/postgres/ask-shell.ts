import type { Client } from './client.ts';
import { runSql } from './read.ts';
import { psqlQuoted } from './work-sessions.ts';

/**
 * Runs fixed one-line texts for a POSIX shell where the server is, by the psql that is there, one after another; gives what
 * each printed. None of them may fail the others: nothing is what a text printed that failed.
 *
 * @param variables what varies, as environment variables of the texts
 * @param doing what it is for, as errors say it
 */
export function askShell(
  client: Client,
  texts: readonly string[],
  variables: Readonly<Record<string, string>>,
  doing: string,
): Promise<string[]> {
  const settings = Object.entries(variables).map(([name, value]) => `\\setenv ${name} ${psqlQuoted(value)}`);
  const asked = texts.flatMap((text, index) => [
    `\\set answer${index} \`${text}\``,
    `\\echo :answer${index}`,
  ]);
  return runSql(client, 'postgres', [...settings, ...asked].join('\n'), '', doing);
}
