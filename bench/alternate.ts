import type { Measured, Sample } from './figures/result.ts';
import { type ContenderId, titles } from './figures/titles.ts';
import { Refused, type Timed } from './measure.ts';
import type { Server } from './server.ts';

/** What is measured. All but `run` is outside the measured time. */
export interface Contender {
  id: ContenderId;
  /** Once, before the first round. */
  prepare?(): Promise<unknown>;
  before?(): Promise<unknown>;
  run(): Promise<Timed>;
  /** What the run left on the disk. */
  bytes?(): Promise<number>;
  after?(): Promise<unknown>;
}

/**
 * Runs each contender in turn, round after round, so that all of them see the same machine. A round before them
 * warms up and is not counted. What the tool refuses is left out.
 */
export async function alternate(
  contenders: readonly Contender[],
  rounds: number,
  server: Server,
): Promise<Measured[]> {
  const measured = contenders.map(({ id }): Measured => ({ id, samples: [], leftOut: null }));
  for (const [at, { prepare }] of contenders.entries()) await unlessRefused(measured[at], prepare);
  for (let round = 0; round <= rounds; round++) {
    for (const [at, contender] of contenders.entries()) {
      const own = measured[at];
      await unlessRefused(own, async () => {
        const sample = await sampleOf(contender, server);
        if (round > 0) own?.samples.push(sample);
        const { title } = titles[contender.id];
        console.error(
          `  ${round === 0 ? 'warm-up' : `${round}/${rounds}`}  ${title}: ${sample.seconds.toFixed(2)} s`,
        );
      });
    }
  }
  return measured;
}

async function unlessRefused(
  own: Measured | undefined,
  act: (() => Promise<unknown>) | undefined,
): Promise<void> {
  if (own === undefined || own.leftOut !== null || act === undefined) return;
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    own.leftOut = `the tool refuses it (${error.message})`;
    own.samples = [];
    console.error(`  ${titles[own.id].title} is left out: ${own.leftOut}`);
  }
}

async function sampleOf(contender: Contender, server: Server): Promise<Sample> {
  await contender.before?.();
  await server.settle();
  const cpuBefore = await server.cpuSeconds();
  const timed = await contender.run();
  const cpuAfter = await server.cpuSeconds();
  const bytes = (await contender.bytes?.()) ?? null;
  await contender.after?.();
  const containerCpuSeconds = cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore;
  return { ...timed, containerCpuSeconds, bytes };
}
