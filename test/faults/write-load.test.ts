import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBackup } from '../../src/operations/backup.ts';
import { startPostgres, type TestContainer } from '../support/container.ts';
import { type DockerPorts, dockerPorts, policy, restore } from '../support/docker-ports.ts';
import { describeWithDocker } from '../support/require-docker.ts';
import { actingAt } from '../support/small-disk.ts';
import { rounds, tellFigure } from '../support/soak.ts';

const schema = `
CREATE TABLE payments (id bigserial PRIMARY KEY, amount int NOT NULL, note text);
CREATE TABLE postings (id bigserial PRIMARY KEY, payment bigint NOT NULL, amount int NOT NULL);
INSERT INTO payments (amount, note) SELECT n % 100, repeat(md5(n::text), 20) FROM generate_series(1, 5000) n;
INSERT INTO postings (payment, amount) SELECT id, amount FROM payments;`;

/** Each transaction writes to both tables, or takes from both; some write many rows, and some give up half-way. */
const script = `
\\set amount random(1, 100)
\\set many random(1, 20)
BEGIN;
WITH paid AS (INSERT INTO payments (amount, note) SELECT :amount, repeat('n', :amount) FROM generate_series(1, :many) RETURNING id, amount)
INSERT INTO postings (payment, amount) SELECT id, amount FROM paid;
\\if :amount < 20
ROLLBACK;
\\elif :amount < 50
WITH gone AS (DELETE FROM payments WHERE id = (SELECT min(id) FROM payments) RETURNING id)
DELETE FROM postings USING gone WHERE payment = gone.id;
COMMIT;
\\else
COMMIT;
\\endif
`;

describeWithDocker('a backup of a database that is written to all the time', () => {
  let server: TestContainer;
  let ports: DockerPorts;
  let load: Promise<unknown>;

  beforeAll(async () => {
    server = await startPostgres({ database: 'app' });
    await server.sql(schema);
    ports = await dockerPorts(server, 'app');
    await server.exec(['sh', '-c', 'cat > /tmp/script'], { input: script });
    // Not too fast: at full speed the database would outgrow the test in the long form.
    load = server.exec(['pgbench', ...'-n -c 4 -R 150 -T 3600 -f /tmp/script -U postgres app'.split(' ')]);
  });
  afterAll(async () => {
    await ports?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose](); // and the load with it
    await load;
  });

  /** Rows of both tables, what they sum up to, and rows without their other half. */
  async function look(database: string) {
    const text = await server.sql(
      `SELECT json_build_object('payments', (SELECT count(*) FROM payments), 'postings', (SELECT count(*) FROM postings),
         'paid', (SELECT sum(amount) FROM payments), 'posted', (SELECT sum(amount) FROM postings),
         'halves', (SELECT count(*) FROM payments p FULL JOIN postings q ON q.payment = p.id WHERE p.id IS NULL OR q.id IS NULL),
         'at', (SELECT last_value FROM payments_id_seq))`,
      { database },
    );
    return JSON.parse(text) as Record<'payments' | 'postings' | 'paid' | 'posted' | 'halves' | 'at', number>;
  }

  const nextPayment = async (): Promise<number> => (await look('app')).at;

  const times = rounds(3, 50);
  test(`restores to one moment of it, with the rows that the metadata says, ${times} times`, async () => {
    let writtenMeanwhile = 0;
    for (let proved = 0; proved < times; ) {
      let before: Promise<{ at: number }> | undefined;
      const run = actingAt('Dumping', () => {
        before = look('app');
      });
      const { set } = await createBackup(ports, policy, { note: '', reason: 'manual' }, run);
      const [{ at: from } = { at: Number.NaN }, { at: to }] = [await before, await look('app')];
      // A backup beside which nothing was written proves nothing, and is not counted: a busy machine may hold up every
      // commit for as long as a small backup takes. What has died writes no more, however long it is waited for.
      if (to > from) proved += 1;
      else await expect.poll(nextPayment, { message: 'the load goes on' }).toBeGreaterThan(from);
      writtenMeanwhile += to - from;

      await restore(ports, { backup: set.id, into: 'beside' });
      const restored = await look('beside');
      expect(restored.payments).toBeGreaterThan(0);
      expect(restored).toMatchObject({ postings: restored.payments, posted: restored.paid, halves: 0 });
      expect(set.manifest.tables).toEqual([
        { schema: 'public', name: 'payments', rows: restored.payments },
        { schema: 'public', name: 'postings', rows: restored.postings },
      ]);
      expect(set.manifest.total_records).toBe(restored.payments + restored.postings);
      await server.sql('DROP DATABASE beside', { database: 'postgres' });
    }
    tellFigure(
      'backups under write load',
      `${times} of ${times} restored with equal counts in both tables, as the metadata says; ${writtenMeanwhile} rows were written while they ran`,
    );
  }, 900_000);
});
