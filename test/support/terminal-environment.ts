import { dirname } from 'node:path';

export type Env = Record<string, string | undefined>;

/** Configures the tool, Node or a test run; or says which terminal, tmux or CI this is. */
const foreign = new RegExp(
  `^(?:${[
    'CI|CI_.*|CONTINUOUS_INTEGRATION|TEAMCITY_VERSION|TF_BUILD',
    'NO_COLOR|FORCE_COLOR|COLORTERM|COLORFGBG|COLUMNS|LINES|TERM.*|TMUX.*|STY|WINDOW.*|KITTY_.*|WT_.*|VTE_.*|SSH_.*',
    'NODE_.*|INIT_CWD|npm_.*|VITEST.*|TEST|DEV|DB_.*|BACKUP_.*|DATABASE_URL|POSTGRES_.*|PG.*|MAKE.*|MFLAGS',
  ].join('|')})$`,
  'i',
);

/**
 * The environment of a person at a terminal with 256 colours. `CI` is taken out and not set to "false": for
 * chalk any value of it means CI, and CI means no colours.
 */
export function personalEnvironment(env: Env = {}): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  const path = `${dirname(process.execPath)}:${process.env['PATH']}`;
  const all = {
    ...Object.fromEntries(kept),
    PATH: path,
    TERM: 'xterm-256color',
    LC_ALL: 'C.UTF-8',
    ...env,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
