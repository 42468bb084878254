import { heaviestFirst, nextBuild } from '../../core/dump/index-build.ts';
import { type Piece, type StagedBuild, stageDump } from '../../core/dump/stage-dump.ts';
import type { BuildProgress } from './build-progress.ts';
import type { Client } from './client.ts';
import { type Feed, feeding } from './feed.ts';
import { restriction } from './load.ts';

export interface StagedLoad {
  client: Client;
  database: string;
  /** of every session, as PGOPTIONS has them */
  settings: string;
  serverVersion: string;
  signal: AbortSignal;
  /** How many sessions build indexes at once. */
  jobs: number;
  /** Follows the index builds. */
  builds: BuildProgress;
}

/**
 * Loads a plain dump: one session runs it in its order, but consecutive index builds are shared out among several. A
 * statement of any other kind waits until all builds before it are done.
 *
 * Builds wait for each other at most, they cannot deadlock. CREATE INDEX takes SHARE on its table, which others of its
 * kind hold too, and may by a function in an expression read other tables; a primary key or unique constraint takes
 * ACCESS EXCLUSIVE on its table, alone there (`nextBuild`), and then no lock that another build would not share: so who
 * waits, waits for one that waits for nobody.
 */
export async function loadStaged(load: StagedLoad, plain: AsyncIterable<Uint8Array>): Promise<void> {
  const { client, signal } = load;
  await feeding(client, signal, async (open) => {
    const psql = client.psql(load.database, ['--file', '-'], load.settings);
    const lock = restriction(load.serverVersion);
    const settings: Buffer[] = [lock];
    const others: Feed[] = [];
    let hired = false;
    let builtElsewhere = 0;
    let builds: StagedBuild[] = [];
    let gaps: Uint8Array[] = [];
    const main = open(psql, () => builtElsewhere);

    /** A server may have no connection to spare: then there is one session, as there was. */
    const hire = async (): Promise<void> => {
      hired = true;
      const feed = open(psql);
      try {
        await feed.write(Buffer.concat(settings));
        await feed.done();
        others.push(feed);
      } catch {
        signal.throwIfAborted();
      }
    };
    const build = async (run: readonly StagedBuild[]): Promise<void> => {
      const hiring = hired ? [] : Array.from({ length: load.jobs - 1 }, hire);
      await Promise.all([main.done(), ...hiring]);
      await buildAll(run, [main, ...others], async (feed, staged) => {
        const { bytes, line } = staged;
        await load.builds.during(staged, async () => {
          await feed.write(bytes);
          await feed.done(line + lineFeeds(lock));
        });
        if (feed !== main) builtElsewhere += lineFeeds(bytes);
      });
    };
    const catchUp = async (): Promise<void> => {
      const [first, ...more] = builds;
      if (first === undefined) return;
      if (more.length === 0) {
        await load.builds.during(first, async () => {
          await main.write(first.bytes);
          await main.done(first.line + lineFeeds(lock));
        });
      } else await build(builds);
      await main.write(Buffer.concat(gaps));
      builds = [];
      gaps = [];
    };
    const take = async (piece: Piece): Promise<void> => {
      if (piece.kind === 'build') builds.push(piece);
      else if (piece.kind === 'gap' && builds.length > 0) gaps.push(Buffer.from(piece.bytes));
      else {
        await catchUp();
        await main.write(piece.bytes);
        if (piece.kind !== 'setting') return;
        settings.push(piece.bytes, Buffer.from('\n'));
        for (const feed of others) await feed.write(piece.bytes);
      }
    };

    await main.write(Buffer.concat(settings));
    const stager = stageDump();
    for await (const chunk of plain) for (const piece of stager.write(chunk)) await take(piece);
    for (const piece of stager.end()) await take(piece);
    await catchUp();
    await Promise.all([main, ...others].map((feed) => feed.end()));
  });
}

/** Each session takes what may begin next, the heaviest first; the first error is the end of all. */
async function buildAll(
  builds: readonly StagedBuild[],
  feeds: readonly Feed[],
  build: (by: Feed, build: StagedBuild) => Promise<void>,
): Promise<void> {
  const waiting = heaviestFirst(builds);
  const atWork = new Map<StagedBuild, Promise<void>>();
  const work = async (feed: Feed): Promise<void> => {
    while (waiting.length > 0) {
      const next = nextBuild(waiting, [...atWork.keys()]);
      if (next === undefined) {
        await Promise.race(atWork.values());
        continue;
      }
      waiting.splice(waiting.indexOf(next), 1);
      const building = build(feed, next);
      atWork.set(next, building);
      await building;
      atWork.delete(next);
    }
  };
  await Promise.all(feeds.map(work));
}

function lineFeeds(bytes: Buffer): number {
  return bytes.filter((byte) => byte === 0x0a).length;
}
