import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/app/config.ts';

describe('the configuration', () => {
  it('has the defaults that the documentation names', () => {
    expect(readConfig({}, {}, {})).toEqual({
      target: 'docker',
      databaseUrl: undefined,
      container: undefined,
      database: undefined,
      user: undefined,
      embeddedFolder: '.embedded',
      backupFolder: 'backups',
      keep: 2,
      format: 'plain',
      jobs: 2,
      maxBytes: undefined,
      timeoutMs: 3_600_000,
      dockerHost: undefined,
      production: false,
    });
  });

  it('takes every variable', () => {
    const given = {
      DB_TARGET: 'embedded',
      DATABASE_URL: 'postgresql://localhost/kubegram',
      DB_CONTAINER: 'kubegram-server-postgres-1',
      DB_NAME: 'kubegram',
      DB_USER: 'postgres',
      DB_EMBEDDED_DIR: '/e',
      BACKUP_DIR: '/b',
      BACKUP_KEEP: '7',
      BACKUP_FORMAT: 'zstd',
      BACKUP_JOBS: '5',
      BACKUP_COMPRESSION: 'true',
      BACKUP_ENCRYPTION: 'false',
      BACKUP_MAX_SIZE_MB: '500',
      BACKUP_TIMEOUT_SECONDS: '60',
      DOCKER_HOST: 'unix:///run/docker.sock',
      NODE_ENV: 'production',
    };
    expect(readConfig(given)).toEqual({
      target: 'embedded',
      databaseUrl: given.DATABASE_URL,
      container: given.DB_CONTAINER,
      database: 'kubegram',
      user: 'postgres',
      embeddedFolder: '/e',
      backupFolder: '/b',
      keep: 7,
      format: 'zstd',
      jobs: 5,
      maxBytes: 500_000_000,
      timeoutMs: 60_000,
      dockerHost: given.DOCKER_HOST,
      production: true,
    });
  });

  it('lets flags win over the environment, that over .env, and all over the defaults', () => {
    const flags = { BACKUP_KEEP: '3' };
    const env = { BACKUP_KEEP: '4', DB_NAME: 'env' };
    const file = { BACKUP_KEEP: '5', DB_NAME: 'file', DB_USER: 'file' };
    expect(readConfig(flags, env, file)).toMatchObject({ keep: 3, database: 'env', user: 'file' });
    expect(readConfig({}, env, file)).toMatchObject({ keep: 4 });
    expect(readConfig({}, {}, file)).toMatchObject({ keep: 5 });
  });

  it('takes an empty value for none', () => {
    const empty = { BACKUP_KEEP: '', DB_NAME: undefined, DATABASE_URL: '', BACKUP_COMPRESSION: '' };
    expect(readConfig(empty, { BACKUP_KEEP: '4' }, { DB_NAME: 'file' })).toMatchObject({
      keep: 4,
      database: 'file',
      databaseUrl: undefined,
      format: 'plain',
      jobs: 2,
    });
  });

  it('does not mind variables of other programs', () => {
    expect(() => readConfig({}, { PATH: '/bin', BACKUP_UNKNOWN: 'x', __proto__: 'x' })).not.toThrow();
  });

  it.each(['true', 'TRUE', 'yes', '1'])('takes %s for yes', (value) => {
    expect(readConfig({ BACKUP_COMPRESSION: value }).format).toBe('gzip');
  });

  it.each(['false', 'No', '0'])('takes %s for no', (value) => {
    expect(readConfig({ BACKUP_COMPRESSION: value }).format).toBe('plain');
  });

  it.each<[what: string, sources: Record<string, string>[], format: string]>([
    ['a format beside no compression', [{ BACKUP_FORMAT: 'zstd', BACKUP_COMPRESSION: 'false' }], 'zstd'],
    [
      'a compressed format beside compression',
      [{ BACKUP_FORMAT: 'zstd', BACKUP_COMPRESSION: 'yes' }],
      'zstd',
    ],
    ['no format beside compression', [{ BACKUP_FORMAT: '', BACKUP_COMPRESSION: 'true' }], 'gzip'],
    ['what is stronger', [{ BACKUP_FORMAT: 'plain' }, { BACKUP_COMPRESSION: 'true' }], 'plain'],
    ['what is stronger, not weaker', [{}, { BACKUP_FORMAT: 'plain' }, { BACKUP_COMPRESSION: '1' }], 'plain'],
  ])('takes for the format %s', (_what, sources, format) => {
    expect(readConfig(...sources).format).toBe(format);
  });

  it.each([
    [[{ BACKUP_FORMAT: 'plain', BACKUP_COMPRESSION: 'true' }]],
    [[{ BACKUP_COMPRESSION: 'true' }, { BACKUP_FORMAT: 'plain' }]],
  ])('refuses a format that is not compressed beside compression, and names both: %j', (sources) => {
    expect(() => readConfig(...sources)).toThrow(
      expect.objectContaining({
        code: 'configuration',
        message: expect.stringMatching(/BACKUP_FORMAT.*BACKUP_COMPRESSION/),
        hint: expect.stringContaining('BACKUP_FORMAT'),
      }),
    );
  });

  it.each([
    ['DB_TARGET', 'hunter2', 'docker or embedded'],
    ['DB_CONTAINER', '--hunter2', 'the name of a container'],
    ['DB_CONTAINER', 'hunter2/../x', 'the name of a container'],
    ['DB_CONTAINER', 'hunter2\n', 'the name of a container'],
    ['DB_NAME', 'hunter2'.repeat(10), 'at most 63 bytes'],
    ['DB_NAME', `hunter2${'é'.repeat(29)}`, 'at most 63 bytes'],
    ['DB_USER', 'hunter2'.repeat(10), 'at most 63 bytes'],
    ['BACKUP_KEEP', '0', 'a whole number from 1 to 1000'],
    ['BACKUP_KEEP', '1001', 'a whole number from 1 to 1000'],
    ['BACKUP_JOBS', '0', 'a whole number from 1 to 16'],
    ['BACKUP_JOBS', '17', 'a whole number from 1 to 16'],
    ['BACKUP_KEEP', '-1', 'a whole number'],
    ['BACKUP_KEEP', '2.5', 'a whole number'],
    ['BACKUP_KEEP', '2hunter2', 'a whole number'],
    ['BACKUP_KEEP', '1e2', 'a whole number'],
    ['BACKUP_KEEP', ' ', 'a whole number'],
    ['BACKUP_FORMAT', 'hunter2', 'plain, gzip, zstd, custom or directory is allowed'],
    ['BACKUP_COMPRESSION', 'hunter2', 'true or false'],
    ['BACKUP_ENCRYPTION', 'hunter2', 'true or false'],
    ['BACKUP_ENCRYPTION', 'true', 'not built yet'],
    ['BACKUP_MAX_SIZE_MB', 'hunter2', 'a whole number from 1 to 100000000'],
    ['BACKUP_MAX_SIZE_MB', '0', 'a whole number'],
    ['BACKUP_TIMEOUT_SECONDS', 'hunter2', 'a whole number from 1 to 2000000'],
    ['BACKUP_TIMEOUT_SECONDS', '9999999999999', 'a whole number'],
    ['BACKUP_TIMEOUT_SECONDS', '2000001', 'a whole number'],
  ])('refuses %s=%j, names it and what is allowed, and does not repeat the value', (name, value, allowed) => {
    let error: unknown;
    try {
      readConfig({ [name]: value });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'configuration', exitCode: 2, hint: expect.stringContaining(name) });
    const text = error instanceof Error ? `${error.message} ${error.stack}` : '';
    expect(text).toContain(`${name} is set wrongly`);
    expect(text).toContain(allowed);
    expect(`${text} ${JSON.stringify(error)}`).not.toContain('hunter2');
  });
});
