import * as v from 'valibot';
import { OperationError } from '../../core/errors.ts';
import { runProcess, type StartProcess } from '../../process/process.ts';
import { dockerError } from './docker-error.ts';

/** A container as the engine describes it; only what this tool asks. */
export interface ContainerFacts {
  name: string;
  /** running, paused, exited, created, restarting, removing or dead. */
  state: string;
  image: string;
  env: ReadonlyMap<string, string>;
  /** Host addresses that lead to the server's port, as `127.0.0.1:5432`. */
  published: string[];
}

const inspection = v.pipe(
  v.array(
    v.object({
      Name: v.string(),
      State: v.object({ Status: v.string() }),
      Config: v.object({ Image: v.string(), Env: v.nullish(v.array(v.string()), []) }),
      NetworkSettings: v.object({
        Ports: v.nullish(
          v.record(v.string(), v.nullable(v.array(v.object({ HostIp: v.string(), HostPort: v.string() })))),
          {},
        ),
      }),
    }),
  ),
  v.minLength(1),
);

/** @throws OperationError `unreachable` where the engine or the container is not there. */
export async function inspectContainer(
  start: StartProcess,
  name: string,
  signal?: AbortSignal,
): Promise<ContainerFacts> {
  const invocation = { file: 'docker', args: ['container', 'inspect', '--', name] };
  const result = await runProcess(start, invocation, signal ? { signal } : {});
  if (result.exitCode !== 0) throw dockerError(result, name);
  const [facts] = inspected(result.stdout, name);
  if (facts === undefined) throw dockerError(result, name);
  return {
    name: facts.Name.replace(/^\//, ''),
    state: facts.State.Status,
    image: facts.Config.Image,
    env: new Map(facts.Config.Env.map(splitVariable)),
    published: (facts.NetworkSettings.Ports['5432/tcp'] ?? []).map(
      (port) => `${port.HostIp}:${port.HostPort}`,
    ),
  };
}

function inspected(text: string, name: string): v.InferOutput<typeof inspection> {
  try {
    return v.parse(inspection, JSON.parse(text));
  } catch (error) {
    throw new OperationError(
      'unreachable',
      `What Docker says of ${name} was cut short, or is not understood.`,
      {
        hint: `Try again; if it stays, see what Docker says: docker container inspect ${name}`,
        cause: error,
      },
    );
  }
}

/** @throws OperationError `unreachable`, saying the state and the command that changes it. */
export function requireRunning(container: { name: string; state: string }): void {
  if (container.state === 'running') return;
  const { name, state } = container;
  const hint = wayBack[state]?.(name) ?? `Type: docker start ${name}`;
  const said = state === 'exited' || state === 'created' ? 'stopped' : state;
  throw new OperationError('unreachable', `The container ${name} is ${said}.`, { hint });
}

const wayBack: Record<string, (name: string) => string> = {
  paused: (name) => `Type: docker unpause ${name}`,
  restarting: (name) => `See why it restarts: docker logs --tail 50 ${name}`,
  removing: () => 'Make it anew: docker compose up -d postgres',
  dead: (name) => `Docker could not remove it: docker rm -f ${name}, then docker compose up -d postgres`,
};

function splitVariable(line: string): [string, string] {
  const at = line.indexOf('=');
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
}
