import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { BackupFormat } from '../../src/core/backup-format.ts';
import { createBackup } from '../../src/operations/backup.ts';
import { verifyBackup } from '../../src/operations/verify.ts';
import { KNOWN_LOSSES, loadAwkward } from '../support/awkward/load.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { type DatabaseDigest, databaseDigest } from '../support/database-digest.ts';
import {
  clear,
  connectTo,
  type DockerPorts,
  dockerPorts,
  policy,
  quietRun,
  restore,
  undo,
  withoutDebris,
} from '../support/docker-ports.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { someOf } from '../support/soak.ts';
import { sha256 } from '../support/store-sets.ts';

const backUp = (ports: DockerPorts, format: BackupFormat = 'plain') =>
  createBackup(ports, { ...policy, format }, { note: '', reason: 'manual' }, quietRun());

/** Neither of the event triggers has a say in it. */
const unwatched = `SET session_replication_role = replica; SET awkward.allow_ddl = 'on'; `;

const changes = `${unwatched}
DELETE FROM content.texts WHERE id = 7;
UPDATE views.facts SET amount = -1;
CREATE TABLE other.later (id int PRIMARY KEY);
CREATE VIEW views.later AS SELECT * FROM views.totals;
CREATE SCHEMA later CREATE TABLE later.t (x int);
DROP TABLE sequences.borrower;
DROP MATERIALIZED VIEW views.unpopulated_on_top;
SELECT lo_unlink(424201), lo_create(99);
SELECT nextval('sequences.called');
ALTER TABLE triggers.watched ADD COLUMN later text DEFAULT 'x';`;

/** What no dump carries, taken out of a digest so that the rest can be compared. */
function withoutLosses(digest: DatabaseDigest): DatabaseDigest {
  const { [KNOWN_LOSSES.unmarkedTable]: _, ...tables } = digest.tables as Record<string, unknown>;
  return { ...digest, tables };
}

for (const major of someOf([15, 17] as const, 1)) {
  describeWithDocker(`an awkward database goes round, postgres:${major}`, () => {
    let postgres: TestContainer;
    let before: DatabaseDigest;

    beforeAll(async () => {
      postgres = await startPostgres({ major });
    });
    beforeEach(async () => {
      await postgres.sql('DROP DATABASE IF EXISTS awkward WITH (FORCE)', { database: 'postgres' });
      await postgres.createDatabase('awkward');
      await loadAwkward(postgres, 'awkward');
      before = await databaseDigest(postgres, 'awkward');
    });
    afterAll(() => postgres?.[Symbol.asyncDispose]());

    test('rows and numbers of an extension that its emptied twin gets are noticed when they change', async () => {
      await using ports = await dockerPorts(postgres, 'awkward');
      await using connection = await connectTo(ports);
      const tokens = [await connection.twinToken([])];
      for (const change of [
        "INSERT INTO public.probe_marked VALUES ('user 3', 'new')",
        "SELECT setval('public.probe_marked_numbers', 78)",
        'COMMENT ON TABLE public.probe_marked IS NULL; CREATE SCHEMA noticed',
      ]) {
        await postgres.sql(unwatched + change, { database: 'awkward' });
        tokens.push(await connection.twinToken([]));
      }
      expect(new Set(tokens).size).toBe(4);
    });

    test('a clear keeps all but the rows, and undo brings those back', async () => {
      await using ports = await dockerPorts(postgres, 'awkward');
      const result = await clear(ports);
      expect(result.outcome).toBe('cleared');
      const cleared = await databaseDigest(postgres, 'awkward');
      const kept = [
        'database',
        'extensions',
        'triggers',
        'eventTriggers',
        'constraints',
        'indexes',
        'schema',
      ] as const;
      for (const part of kept) expect(cleared[part], part).toEqual(before[part]);
      for (const [name, found] of Object.entries(cleared.tables)) {
        if (name === 'public.probe_marked') expect(found).toEqual(before.tables[name]);
        else if (name !== KNOWN_LOSSES.unmarkedTable) expect(found, name).toMatchObject({ rows: 0 });
      }
      expect(Object.keys(cleared.tables).sort()).toEqual(Object.keys(before.tables).sort());
      for (const [name, was] of Object.entries(before.materializedViews)) {
        const is = cleared.materializedViews[name];
        expect(is === 'unpopulated', name).toBe(was === 'unpopulated');
      }
      expect(cleared.largeObjects).toEqual({});
      const { 'large object 424202': gone, ...comments } = before.comments;
      expect(gone).toBeDefined();
      expect(cleared.comments).toEqual(comments);
      expect(cleared.sequences['public.probe_marked_numbers']).toEqual(
        before.sequences['public.probe_marked_numbers'],
      );
      expect(cleared.sequences['sequences.called']).toMatchObject({ last_value: '1', is_called: false });
      expect(result.warnings.join('\n')).toContain('public.probe_unmarked');

      const back = await undo(ports);
      expect(back.from.operation).toBe('clear');
      expect(await databaseDigest(postgres, 'awkward')).toEqual(before);
      expect(await withoutDebris(postgres)).toEqual([]);
    });

    test('a restore undoes whatever was changed, kept or dropped since', async () => {
      await using ports = await dockerPorts(postgres, 'awkward');
      const backup = await backUp(ports);
      expect(backup.warnings.join('\n')).toContain('public.probe_unmarked');
      await postgres.sql(changes, { database: 'awkward' });
      const changed = await databaseDigest(postgres, 'awkward');
      expect(changed).not.toEqual(before);

      const result = await restore(ports, { backup: backup.set.id });
      expect(result.outcome).toBe('restored');
      const after = await databaseDigest(postgres, 'awkward');
      expect(withoutLosses(after)).toEqual(withoutLosses(before));

      await undo(ports);
      expect(await databaseDigest(postgres, 'awkward')).toEqual(changed);
      await undo(ports);
      expect(await databaseDigest(postgres, 'awkward')).toEqual(after);
      await postgres.sql(`${unwatched} ${KNOWN_LOSSES.unmarkedRows}`, { database: 'awkward' });
      expect(await databaseDigest(postgres, 'awkward')).toEqual(before);
    });

    test('a backup is byte for byte what pg_dump writes in the container, but for its key', async () => {
      await using ports = await dockerPorts(postgres, 'awkward');
      const { set } = await backUp(ports);
      // The text of some values follows settings of the database, which a backup does without.
      const pinned = "PGOPTIONS='-c TimeZone=UTC -c bytea_output=hex -c lc_monetary=C'";
      const command = `${pinned} pg_dump -U ${postgres.user} --clean --if-exists awkward | sed -E '/^.(un)?restrict /d' | sha256sum`;
      const { stdout } = await postgres.exec(['sh', '-c', command]);
      const data = (await readFile(join(ports.folder, set.dataFile))).toString('latin1');
      const ours = data.replaceAll(/^\\(un)?restrict .*\n/gm, '');
      expect(sha256(Buffer.from(ours, 'latin1'))).toBe(`sha256:${stdout.split(' ')[0]}`);
    });

    test('a restore beside, and one where the live database is gone', async () => {
      await using ports = await dockerPorts(postgres, 'awkward');
      const { set } = await backUp(ports, 'gzip');
      expect(set.dataFile).toMatch(/\.sql\.gz$/);
      const beside = await restore(ports, { into: 'be side', confirm: undefined });
      expect(beside).toMatchObject({ outcome: 'restored-beside', database: 'be side', undoPoint: null });
      const copy = await databaseDigest(postgres, 'be side');
      expect(withoutLosses(copy)).toEqual(withoutLosses(before));

      await postgres.sql('DROP DATABASE awkward WITH (FORCE)', { database: 'postgres' });
      const result = await restore(ports);
      expect(result).toMatchObject({ outcome: 'restored', undoPoint: null, safetyBackup: null });
      expect(await databaseDigest(postgres, 'awkward')).toEqual(copy);
      expect(await withoutDebris(postgres)).toEqual([]);
    });

    // A column that a parent got after its child was made stands elsewhere in the child that a dump makes:
    // the text of the first restore differs for that reason alone, that of every further one is the same.
    test('a deep verification restores it, and proves the contents of what was restored once', async () => {
      await using ports = await dockerPorts(postgres, 'awkward');
      const { set } = await backUp(ports);
      const first = await verifyBackup(ports, { backup: set.id, deep: true }, quietRun());
      expect(first).toMatchObject({
        level: 'restored',
        warnings: [expect.stringContaining('not the same text')],
      });
      expect(first.set.manifest.verification.level).toBe('restored');

      await restore(ports, { safetyBackup: false });
      const again = await backUp(ports, 'zstd');
      const second = await verifyBackup(ports, { backup: again.set.id, deep: true }, quietRun());
      expect(second).toMatchObject({ level: 'contents', warnings: [] });
      expect(second.set.manifest.verification.level).toBe('contents');
      expect(await withoutDebris(postgres)).toEqual([]);
    });

    test('clearing everything leaves an empty database with the settings of the old one', async () => {
      await using ports = await dockerPorts(postgres, 'awkward');
      const full = await databaseDigest(postgres, 'awkward');
      await clear(ports, { everything: true });
      const empty = await databaseDigest(postgres, 'awkward');
      expect(empty.database).toEqual(full.database);
      expect(Object.keys(empty.extensions)).toEqual(['plpgsql']);
      expect(empty).toMatchObject({ tables: {}, sequences: {}, largeObjects: {}, eventTriggers: {} });
      expect(await clear(ports, { everything: true })).toMatchObject({ outcome: 'nothing-to-clear' });
      await undo(ports);
      expect(await databaseDigest(postgres, 'awkward')).toEqual(full);
    });
  });
}
