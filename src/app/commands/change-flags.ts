import type { Allowances } from '../../operations/guard-rails.ts';
import { oneLine } from '../../ui/plain-text.ts';
import { type Context, type Flag, flagText, type Values } from '../command.ts';

/** The flags of everything that changes the live database. */
export const changeFlags: Record<string, Flag> = {
  confirm: { type: 'string', value: 'DATABASE', help: "the database's name, in place of typing it" },
  'allow-production': { type: 'boolean', help: 'change it even though it looks like production' },
};

export function allowances(values: Values): Allowances {
  return {
    production: values['allow-production'] === true,
    otherCluster: values['allow-other-cluster'] === true,
  };
}

/**
 * The typed name: from the flag, else from the terminal. Without either the operation refuses; nothing here
 * stands in for it.
 */
export async function confirmation(
  context: Context,
  database: string,
  preview: () => Promise<string>,
): Promise<string | undefined> {
  const flag = flagText(context.values, 'confirm');
  if (flag !== undefined || context.ask === undefined) return flag;
  context.say(await preview());
  return context.ask.typedName(`Type the name of the database (${oneLine(database)}) to go on:`);
}
