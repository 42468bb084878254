import { describe, expect, it } from 'vitest';
import { requireSameDatabase, urlAlone } from '../../../src/app/database-url.ts';
import type { ContainerFacts } from '../../../src/database/docker/container.ts';

const container = (...published: string[]): ContainerFacts => ({
  name: 'kubegram-server-postgres-1',
  state: 'running',
  image: 'postgres:17',
  env: new Map(),
  published,
});
const usual = container('0.0.0.0:5432', '[::]:5432');

function refusal(url: string, found = usual, database = 'kubegram'): string {
  try {
    requireSameDatabase(url, found, database);
  } catch (error) {
    expect(error).toMatchObject({ code: 'configuration', exitCode: 2 });
    const { message, hint } = error as { message: string; hint: string };
    return `${message} ${hint}`;
  }
  return '';
}

describe('a DATABASE_URL beside a container', () => {
  it.each([
    ['postgresql://postgres:secret@localhost:5432/kubegram', usual, 'kubegram'],
    ['postgres://localhost/kubegram', usual, 'kubegram'],
    ['postgresql://127.0.0.1:5432/kubegram?sslmode=disable&schema=public', usual, 'kubegram'],
    ['postgresql://[::1]:5432/kubegram', usual, 'kubegram'],
    ['POSTGRESQL://LOCALHOST:5432/kubegram', usual, 'kubegram'],
    ['postgresql://u:p%40ss%2Fw%23rd@localhost/kubegram', usual, 'kubegram'],
    ['postgresql://u:p@ss@localhost/kubegram', usual, 'kubegram'],
    ['postgresql://localhost:15432/my%20db', container('127.0.0.1:15432'), 'my db'],
    ['postgresql://localhost/a%2Fb', usual, 'a/b'],
  ])('%s is fine where both mean the same database', (url, found, database) => {
    expect(refusal(url, found, database)).toBe('');
  });

  it.each([
    ['postgresql://db.example.com:5432/kubegram', usual, 'kubegram', 'db.example.com:5432/kubegram'],
    ['postgresql://localhost:5433/kubegram', usual, 'kubegram', 'localhost:5433/kubegram'],
    ['postgresql://localhost:15432/kubegram', container('0.0.0.0:25432'), 'kubegram', '0.0.0.0:25432'],
    ['postgresql://localhost:432/kubegram', usual, 'kubegram', 'localhost:432/kubegram'],
    ['postgresql://localhost/other', usual, 'kubegram', 'localhost:5432/other'],
    ['postgresql://localhost/Kubegram', usual, 'kubegram', 'localhost:5432/Kubegram'],
    ['postgresql://localhost', usual, 'kubegram', 'localhost:5432/,'],
    ['postgresql://localhost/kubegram', container(), 'kubegram', 'no published port'],
    ['postgresql:///kubegram', usual, 'kubegram', 'kubegram'],
  ])('%s is refused, and both are named', (url, found, database, named) => {
    const text = refusal(url, found, database);
    expect(text).toContain(named);
    expect(text).toContain('kubegram-server-postgres-1');
  });

  it.each([
    'hunter2',
    'mysql://root:hunter2@localhost/kubegram',
    'https://u:hunter2@localhost/kubegram',
    'postgresql:hunter2',
    'postgresql://u:hunter2@localhost:port/kubegram',
    'postgresql://u:hunter2@a:5432,b:5432/kubegram',
    'postgresql://localhost/kubegram%zz-hunter2',
    'postgresql://u:1/hunter2@localhost:5432/kubegram',
    'postgresql://u:1?hunter2@localhost:5432/kubegram',
    'postgresql://u:1#hunter2@localhost:5432/kubegram',
    'postgresql://u:/hunter2@localhost:5432/kubegram',
  ])('%s is no URL that can be trusted', (url) => {
    expect(refusal(url)).toContain('is not the URL of a Postgres database');
  });

  it.each([
    'postgresql://u:hunter2@db.example.com/kubegram',
    'postgresql://hunter2@db.example.com/kubegram',
    'postgresql://u:hunter2@localhost/other?password=hunter2#hunter2',
    'postgresql://u:12/hunter2@localhost/kubegram',
    'postgresql://u:12?hunter2@localhost/kubegram',
    'postgresql://u:12#hunter2@localhost/kubegram',
    'postgresql://u:12/34@hunter2@localhost/kubegram',
    'hunter2',
  ])('%s never shows its secrets', (url) => {
    const text = refusal(url);
    expect(text).not.toBe('');
    expect(text).not.toContain('hunter2');
  });

  it('alone says what to set, and keeps the reason', () => {
    const cause = new Error('no container');
    expect(urlAlone(cause)).toMatchObject({
      code: 'configuration',
      cause,
      hint: expect.stringContaining('DB_CONTAINER'),
    });
  });
});
