import { expect, test } from 'vitest';
import { createBackup } from '../../src/operations/backup.ts';
import { previewClear } from '../../src/operations/clear.ts';
import { previewRestore } from '../../src/operations/preview-restore.ts';
import type { Seen } from '../../src/operations/seen.ts';
import { previewUndo, undoLast } from '../../src/operations/undo.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import {
  clear,
  type DockerPorts,
  dockerPorts,
  failureOf,
  filesIn,
  policy,
  quietRun,
  restore,
  withoutDebris,
} from '../support/docker-ports.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { someOf } from '../support/soak.ts';

const allow = { production: false, otherCluster: false };
const choice = { backup: 'latest', unverified: false, createRoles: false, withoutOwners: false, allow };

const undo = (ports: DockerPorts, previewed: Seen) =>
  undoLast(ports, policy, { confirm: ports.target.database, allow, previewed }, quietRun());

/** What the menu shows before it asks for the name; and what it does when the name was typed. */
const changes = {
  clear: {
    preview: (ports: DockerPorts) => previewClear(ports, false, quietRun()),
    carryOut: (ports: DockerPorts, previewed: Seen) => clear(ports, { previewed }),
  },
  restore: {
    preview: (ports: DockerPorts) => previewRestore(ports, choice, quietRun()),
    // A set-up anew is not told apart by the backup's origin, where that was allowed.
    carryOut: (ports: DockerPorts, previewed: Seen) =>
      restore(ports, { previewed, allow: { ...allow, otherCluster: true } }),
  },
  undo: {
    preview: (ports: DockerPorts) => previewUndo(ports, quietRun()),
    carryOut: undo,
  },
};

const refusal = {
  code: 'refused',
  message: 'shop is not the database that was previewed any more: it was replaced or made anew since.',
  hint: 'Nothing was changed. Look at the preview again, then choose anew.',
};

const fill = (server: TestContainer, rows: number): Promise<string> =>
  server.sql(`CREATE TABLE users AS SELECT generate_series(1, ${rows}) AS id`, { database: 'shop' });
const rows = (server: TestContainer): Promise<string> =>
  server.sql('SELECT count(*) FROM users', { database: 'shop' });

describeWithDocker('the database that was previewed is the one that is changed', () => {
  test('a database that was made anew under the same name meanwhile stays as it is', async () => {
    await using server = await startPostgres({ database: 'shop' });
    await using ports = await dockerPorts(server, 'shop');
    await fill(server, 40);
    await createBackup(ports, policy, { note: '', reason: 'manual' }, quietRun());
    await clear(ports);
    for (const [name, { preview, carryOut }] of someOf(Object.entries(changes), 2)) {
      const { seen } = await preview(ports);
      await server.sql('DROP DATABASE shop WITH (FORCE)', { database: 'postgres' });
      await server.createDatabase('shop');
      await fill(server, 7);
      const before = await filesIn(ports);
      expect(await failureOf(carryOut(ports, seen)), name).toMatchObject(refusal);
      expect(await rows(server)).toBe('7');
      expect(await filesIn(ports)).toEqual(before);
      expect(await withoutDebris(server)).toEqual([]);
    }
    // As soon as it is the one that was looked at, each goes on.
    await changes.clear.carryOut(ports, (await changes.clear.preview(ports)).seen);
    expect(await rows(server)).toBe('0');
    await changes.undo.carryOut(ports, (await changes.undo.preview(ports)).seen);
    expect(await rows(server)).toBe('7');
    await changes.restore.carryOut(ports, (await changes.restore.preview(ports)).seen);
  });

  test('a container that was made anew with the same name, database and oid is told apart', async () => {
    const first = await startPostgres({ database: 'shop', fresh: true });
    await using ports = await dockerPorts(first, 'shop');
    let previews: [keyof typeof changes, Seen][];
    try {
      await fill(first, 40);
      await clear(ports);
      const names = Object.keys(changes) as (keyof typeof changes)[];
      previews = [];
      for (const name of names) previews.push([name, (await changes[name].preview(ports)).seen]);
    } finally {
      await first[Symbol.asyncDispose]();
    }
    await using second = await startPostgres({ database: 'shop', name: first.name, fresh: true });
    await fill(second, 7);
    const anew = await dockerPorts(second, 'shop', { folder: ports.folder });
    const before = await filesIn(ports);
    for (const [name, seen] of previews) {
      // Where undo has nothing to bring back, that alone is said.
      const said =
        name === 'undo' ? { code: 'refused', message: 'There is nothing to undo for shop.' } : refusal;
      expect(await failureOf(changes[name].carryOut(anew, seen)), name).toMatchObject(said);
      expect(await rows(second)).toBe('7');
      expect(await filesIn(ports)).toEqual(before);
    }
    expect(await withoutDebris(second)).toEqual([]);
  });

  test('what undo would bring back is the one that was shown, or it refuses', async () => {
    await using server = await startPostgres({ database: 'shop' });
    await using ports = await dockerPorts(server, 'shop');
    await fill(server, 40);
    await clear(ports);
    const { seen, point } = await previewUndo(ports, quietRun());
    expect(point.operation).toBe('clear');
    await undo(ports, seen);
    expect(await rows(server)).toBe('40');
    expect(await failureOf(undo(ports, seen))).toMatchObject(refusal);
    expect(await rows(server)).toBe('40');
  });
});
