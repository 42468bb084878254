import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'dotenv';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/app/config.ts';

const repository = resolve(import.meta.dirname, '../..');
const text = readFileSync(join(repository, '.env.example'), 'utf8');
const example = parse(text);

/** SPEC 4, to the letter. */
const known =
  `DATABASE_URL DB_CONTAINER DB_NAME DB_USER BACKUP_DIR BACKUP_KEEP BACKUP_RETENTION_DAYS BACKUP_COMPRESSION
  BACKUP_ENCRYPTION BACKUP_ENCRYPTION_KEY BACKUP_ENABLED BACKUP_DAILY_SCHEDULE BACKUP_WEEKLY_SCHEDULE
  BACKUP_MONTHLY_SCHEDULE BACKUP_CLEANUP_SCHEDULE BACKUP_MAX_SIZE_MB BACKUP_TIMEOUT_SECONDS BACKUP_REMOTE_BUCKET
  BACKUP_SLACK_WEBHOOK`.split(/\s+/);

test('.env.example names every variable of SPEC 4', () => {
  for (const name of known) expect(Object.keys(example)).toContain(name);
  expect(example).toMatchObject({
    BACKUP_KEEP: '2',
    BACKUP_TIMEOUT_SECONDS: '3600',
    BACKUP_DAILY_SCHEDULE: '0 2 * * *',
    BACKUP_WEEKLY_SCHEDULE: '0 3 * * 0',
    BACKUP_MONTHLY_SCHEDULE: '0 4 1 * *',
    BACKUP_CLEANUP_SCHEDULE: '0 5 * * 0',
  });
});

test('it names every variable that the configuration and the Compose file read', () => {
  const config = readFileSync(join(repository, 'src/app/config.ts'), 'utf8');
  const compose = readFileSync(join(repository, 'docker-compose.yml'), 'utf8');
  const read = [...config.matchAll(/^ {2}([A-Z][A-Z_]+):/gm), ...compose.matchAll(/\$\{([A-Z_]+)/g)];
  expect(read.length).toBeGreaterThan(15);
  for (const [, name = ''] of read) expect(Object.keys(example)).toContain(name);
});

test('each variable is one line, under a comment of its own', () => {
  const lines = text.split('\n');
  const variables = lines.filter((line) => /^[A-Z]/.test(line));
  expect(variables.map((line) => line.split('=')[0])).toEqual(Object.keys(example));
  for (const [index, line] of lines.entries())
    if (/^[A-Z]/.test(line)) expect(lines[index - 1]).toMatch(/^# \S/);
});

test('copying it to .env changes nothing', () => {
  expect(readConfig(example)).toEqual(readConfig({}));
});

test('what is stronger wins: flags, environment, .env; an empty value is none', () => {
  expect(readConfig({ BACKUP_KEEP: '7' }, { BACKUP_KEEP: '5' }, { BACKUP_KEEP: '3' }).keep).toBe(7);
  expect(readConfig({}, { BACKUP_KEEP: '' }, { BACKUP_KEEP: '3' }).keep).toBe(3);
  for (const yes of ['true', 'TRUE', '1', 'yes'])
    expect(readConfig({ BACKUP_COMPRESSION: yes }).format).toBe('gzip');
  for (const no of ['false', '0', 'No', ''])
    expect(readConfig({ BACKUP_COMPRESSION: no }).format).toBe('plain');
});
