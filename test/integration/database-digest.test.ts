import { afterAll, beforeAll, expect, test } from 'vitest';
import { KNOWN_LOSSES, loadAwkward } from '../support/awkward/load.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { copyDatabase } from '../support/copy-database.ts';
import { type DatabaseDigest, databaseDigest } from '../support/database-digest.ts';
import { majors } from '../support/majors.ts';
import { describeWithDocker } from '../support/require-docker.ts';

/** Each statement changes one thing; the sections are all that may differ afterwards. */
const CHANGES: [what: string, sql: string, sections: (keyof DatabaseDigest)[]][] = [
  ['one row more', `INSERT INTO dot."dot.a.b" VALUES (7)`, ['tables']],
  ['one character', `UPDATE content.texts SET body = body || ' ' WHERE id = 7`, ['tables']],
  ['NULL made empty', `UPDATE content.texts SET body = '' WHERE id = 11`, ['tables']],
  ['the sign of a zero', `UPDATE "values".numbers SET d = 0 WHERE id = 4`, ['tables']],
  ['a row without columns', 'INSERT INTO tables.no_columns DEFAULT VALUES', ['tables']],
  ['a sequence', `SELECT nextval('sequences.untouched')`, ['sequences']],
  ['is_called', `SELECT setval('sequences.called', 7, false)`, ['sequences']],
  ['a large object', `SELECT lo_put(424202, 0, '\\x01')`, ['largeObjects']],
  ['its owner', 'ALTER LARGE OBJECT 424201 OWNER TO awkward_owner', ['largeObjects']],
  ['a view emptied', 'REFRESH MATERIALIZED VIEW views.third_floor WITH NO DATA', ['materializedViews']],
  ['a setting', `ALTER DATABASE :"DBNAME" SET statement_timeout = '46s'`, ['database']],
  ['a role setting', `ALTER ROLE awkward_owner IN DATABASE :"DBNAME" SET work_mem = '6MB'`, ['database']],
  ['who may connect', 'REVOKE CONNECT ON DATABASE :"DBNAME" FROM PUBLIC', ['database']],
  ['its comment', `COMMENT ON DATABASE :"DBNAME" IS 'other'`, ['database']],
  ['its limit', 'ALTER DATABASE :"DBNAME" CONNECTION LIMIT 98', ['database']],
  ['a grant', 'GRANT DELETE ON private.accounts TO awkward_grantor', ['schema', 'schemaDigest']],
  ['a rule', 'ALTER TABLE views.facts DISABLE RULE "log; insert"', ['schema', 'schemaDigest']],
  ['a comment', 'COMMENT ON TYPE kinds.pair IS $$new$$', ['comments', 'schema', 'schemaDigest']],
  [
    'a trigger',
    'ALTER TABLE triggers.watched DISABLE TRIGGER always',
    ['triggers', 'schema', 'schemaDigest'],
  ],
  ['the triggers of a key', 'ALTER TABLE constraints.hen DISABLE TRIGGER ALL', ['triggers']],
  ['an event trigger', 'ALTER EVENT TRIGGER take_note DISABLE', ['eventTriggers', 'schema', 'schemaDigest']],
  ['an index', 'DROP INDEX tables.by_day_id', ['indexes', 'schema', 'schemaDigest']],
  [
    'a constraint',
    'UPDATE constraints.broken SET amount = 1; ALTER TABLE constraints.broken VALIDATE CONSTRAINT negative',
    ['tables', 'constraints', 'schema', 'schemaDigest'],
  ],
  ['an extension', 'ALTER EXTENSION kubegram_probe UPDATE', ['extensions', 'tables']],
];

for (const major of majors) {
  describeWithDocker(`the digest of an awkward database, postgres:${major}`, () => {
    let postgres: TestContainer;
    let original: DatabaseDigest;
    let lossy: DatabaseDigest;
    /** Of the copy, as the last test left it. */
    let latest: DatabaseDigest;

    beforeAll(async () => {
      postgres = await startPostgres({ major, database: 'original' });
      await loadAwkward(postgres, 'original');
      original = await databaseDigest(postgres, 'original');
      await copyDatabase(postgres, 'original', 'copy');
      lossy = await databaseDigest(postgres, 'copy');
      await postgres.sql(KNOWN_LOSSES.unmarkedRows, { database: 'copy' });
      latest = await databaseDigest(postgres, 'copy');
    });
    afterAll(() => postgres?.[Symbol.asyncDispose]());

    test('is the same when taken twice', async () => {
      expect(await databaseDigest(postgres, 'original')).toEqual(original);
    });

    test('is the same after a dump and a restore, but for what no dump carries', () => {
      expect(changedSections(original, lossy)).toEqual(['tables']);
      expect(latest).toEqual(original);
    });

    test.for(CHANGES)('tells: %s', async ([, sql, sections]) => {
      const before = latest;
      // As a replica, so that neither of the event triggers has a say in it.
      await postgres.sql(`SET session_replication_role = replica; SET awkward.allow_ddl = 'on'; ${sql};`, {
        database: 'copy',
      });
      latest = await databaseDigest(postgres, 'copy');
      expect(changedSections(before, latest).sort()).toEqual([...sections].sort());
    });
  });
}

function changedSections(one: DatabaseDigest, other: DatabaseDigest): string[] {
  return Object.keys(one).filter((key) => {
    const section = key as keyof DatabaseDigest;
    return JSON.stringify(sorted(one[section])) !== JSON.stringify(sorted(other[section]));
  });
}

function sorted(section: string | Record<string, unknown>): unknown {
  return typeof section === 'string' ? section : Object.entries(section).sort(([a], [b]) => (a < b ? -1 : 1));
}
