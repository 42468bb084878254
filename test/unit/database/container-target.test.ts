import { expect, it } from 'vitest';
import { containerTarget } from '../../../src/database/docker/container-target.ts';
import { startProcess } from '../../../src/process/process.ts';
import { never } from '../../support/store-sets.ts';

const unset = { user: undefined, database: undefined };

it.each([
  ['nothing is said', unset, {}, 'postgres'],
  ['a user is named', unset, { POSTGRES_USER: 'app' }, 'app'],
  ['a database is named, too', unset, { POSTGRES_USER: 'app', POSTGRES_DB: 'shop' }, 'shop'],
  // As `POSTGRES_DB: ${DB}` of a Compose file gives it; the image takes it for none.
  ['the variables are there, and empty', unset, { POSTGRES_USER: '', POSTGRES_DB: '' }, 'postgres'],
  ['the database is empty alone', unset, { POSTGRES_USER: 'app', POSTGRES_DB: '' }, 'app'],
  ['it is configured', { ...unset, database: 'mine' }, { POSTGRES_DB: 'shop' }, 'mine'],
  ['another user is configured', { ...unset, user: 'me' }, { POSTGRES_USER: 'app' }, 'app'],
])('the database that is meant, where %s', (_, configured, variables, database) => {
  const env = new Map(Object.entries(variables));
  const container = { name: 'any', state: 'running', image: 'postgres', env, published: [] };
  const settings = { ...configured, dockerHost: undefined };
  expect(containerTarget(startProcess, container, settings, never, () => {}).database).toBe(database);
});
