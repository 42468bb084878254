import type { Ended, Invocation, StartProcess } from '../../process/process.ts';

/** How client tools are started where the server is: inside its container, later on a host or over ssh. */
export interface Launcher {
  readonly start: StartProcess;
  /** The command that runs a client tool there. */
  command(tool: string, args: readonly string[], env: Readonly<Record<string, string>>): Invocation;
  /** The role that the tools connect as. */
  readonly user: string;
  /** How long a dump waits for a table that somebody has locked, in milliseconds. */
  readonly lockWaitMs: number;
  /** The error behind a tool's end where the place itself is the reason; undefined where it is not. */
  explain(ended: Ended): Promise<Error | undefined>;
  /** Throws where the place is gone, stopped or paused. */
  check(): Promise<void>;
}
