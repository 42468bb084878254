import { execa } from 'execa';

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/**
 * Runs the docker client and reports how it ended. Standard input is always given, if only as
 * empty: with an open pipe, psql behind `docker exec -i` would wait for ever.
 */
export async function docker(argv: readonly string[], input: string | Uint8Array = ''): Promise<Outcome> {
  const run = await execa('docker', argv, { input, reject: false, stripFinalNewline: false });
  if (run.exitCode === undefined) throw new Error(`docker ${argv[0]} did not run: ${run.message}`);
  return { stdout: run.stdout, stderr: run.stderr, exitCode: run.exitCode };
}

/** The same, where anything but success is the end of the test. */
export async function dockerOrThrow(argv: readonly string[], input?: string | Uint8Array): Promise<string> {
  const { stdout, stderr, exitCode } = await docker(argv, input);
  if (exitCode !== 0) throw new Error(`docker ${argv[0]} ended with ${exitCode}: ${stderr.trim()}`);
  return stdout;
}

/** Freezes a container. On a busy machine the kernel now and then does not get it done: it is asked again. */
export async function pauseContainer(name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { exitCode, stderr } = await docker(['pause', name]);
    if (exitCode === 0) return;
    if (!stderr.includes('unable to freeze') || attempt === 5)
      throw new Error(`docker pause ended with ${exitCode}: ${stderr.trim()}`);
  }
}
