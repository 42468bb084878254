import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { databaseDigest } from '../support/database-digest.ts';
import { clear, connectTo, dockerPorts, undo } from '../support/docker-ports.ts';
import { majors } from '../support/majors.ts';
import { describeWithDocker } from '../support/require-docker.ts';

/** The user's own: empty after a clear. */
const DECOYS = ['birds.migrations', 'public.schema_migrations_archive', 'public.releases', 'public.audit'];

/** Keys to a tool's table, a trigger on one, and a table of the user's that a migration filled. */
const AROUND = `
CREATE TABLE releases (id serial PRIMARY KEY, migration int REFERENCES knex_migrations (id));
INSERT INTO releases (migration) VALUES (1);
CREATE TABLE audit (at timestamptz DEFAULT now(), what text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.audit (what) VALUES (TG_TABLE_NAME); RETURN NEW; END $$;
CREATE TRIGGER noted AFTER INSERT ON knex_migrations FOR EACH ROW EXECUTE FUNCTION note();
SELECT nextval('knex_migrations_id_seq'), nextval('goose_db_version_id_seq'), nextval('birds.migrations_id_seq');
ALTER DATABASE :"DBNAME" SET "DateStyle" = 'SQL, DMY';`;

for (const major of majors) {
  describeWithDocker(`a clear and the migration tools, postgres:${major}`, () => {
    let postgres: TestContainer;

    beforeAll(async () => {
      postgres = await startPostgres({ major });
      const tables = await readFile(join(import.meta.dirname, '../support/migrations.sql'), 'utf8');
      await postgres.sql(`${tables}\n${AROUND}`);
    });
    afterAll(() => postgres?.[Symbol.asyncDispose]());

    test('their rows and numbers are kept, everything else is empty', async () => {
      await using ports = await dockerPorts(postgres, 'kubegram');
      const before = await databaseDigest(postgres, 'kubegram');
      const result = await clear(ports);
      expect(result.kept.map(({ name }) => name)).toContain('alembic_version');
      const after = await databaseDigest(postgres, 'kubegram');
      for (const [name, found] of Object.entries(before.tables)) {
        if (DECOYS.includes(name)) expect(after.tables[name], name).toMatchObject({ rows: 0 });
        else expect(after.tables[name], name).toEqual(found);
      }
      for (const [name, found] of Object.entries(before.sequences)) {
        if (/^birds\.|releases/.test(name)) expect(after.sequences[name]).toMatchObject({ is_called: false });
        else expect(after.sequences[name], name).toEqual(found);
      }
      expect(after.schema).toBe(before.schema);
      await undo(ports);
      expect(await databaseDigest(postgres, 'kubegram')).toEqual(before);
    });

    test('kept rows that are not the live ones are noticed', async () => {
      await using ports = await dockerPorts(postgres, 'kubegram');
      await using connection = await connectTo(ports);
      const live = await connection.live();
      if (live === null) throw new Error('no live database');
      const keep = [{ schema: 'public', name: 'knex_migrations' }];
      await using shadow = await connection.createShadow({ purpose: 'shadow', settings: live.settings });
      const { signal } = new AbortController();
      await shadow.copySchemaOfLive(keep, signal);
      expect(await shadow.differenceFromLive(keep, signal)).toBeNull();
      await postgres.sql(`SELECT nextval('knex_migrations_id_seq')`);
      expect(await shadow.differenceFromLive(keep, signal)).toContain('knex_migrations');
      await postgres.sql(`SELECT setval('knex_migrations_id_seq', 2); UPDATE knex_migrations SET batch = 9`);
      expect(await shadow.differenceFromLive(keep, signal)).toContain('knex_migrations');
    });

    test('a kept row that is written is noticed, though it says the same as before; any number of tables may be kept', async () => {
      await using ports = await dockerPorts(postgres, 'kubegram');
      await using connection = await connectTo(ports);
      const keep = Array.from({ length: 120 }, () => ({ schema: 'public', name: 'knex_migrations' }));
      const token = await connection.twinToken(keep);
      expect(await connection.twinToken(keep)).toBe(token);
      await postgres.sql('UPDATE knex_migrations SET batch = batch');
      expect(await connection.twinToken(keep)).not.toBe(token);
    });

    test('an application that makes temporary tables all the time does not keep it from its work', async () => {
      await using ports = await dockerPorts(postgres, 'kubegram');
      await using connection = await connectTo(ports);
      const token = await connection.twinToken([]);
      await postgres.sql('CREATE TEMP TABLE passing (id serial PRIMARY KEY, x text DEFAULT 1)');
      expect(await connection.twinToken([])).toBe(token);
      await postgres.sql('ALTER SEQUENCE releases_id_seq INCREMENT 2');
      const second = await connection.twinToken([]);
      expect(second).not.toBe(token);
      await postgres.sql('GRANT CREATE ON SCHEMA public TO PUBLIC');
      expect(await connection.twinToken([])).not.toBe(second);
    });
  });
}
