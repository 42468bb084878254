import { describe, expect, it } from 'vitest';
import { isMigrationTable } from '../../../src/core/migration-tables.ts';

const kept = (name: string, columns: string[], schema = 'public'): boolean =>
  isMigrationTable({ schema, name, columns, estimatedRows: null, sizeBytes: 0, extension: null });

describe('a clear keeps the rows of', () => {
  it.each([
    ['Prisma', '_prisma_migrations', ['id', 'checksum', 'finished_at', 'migration_name', 'logs']],
    ['Drizzle', '__drizzle_migrations', ['id', 'hash', 'created_at']],
    ['Knex', 'knex_migrations', ['id', 'name', 'batch', 'migration_time']],
    ['Knex, its lock', 'knex_migrations_lock', ['index', 'is_locked']],
    ['TypeORM', 'migrations', ['id', 'timestamp', 'name']],
    ['TypeORM, its metadata', 'typeorm_metadata', ['type', 'database', 'schema', 'table', 'name', 'value']],
    ['Sequelize', 'SequelizeMeta', ['name']],
    ['node-pg-migrate', 'pgmigrations', ['id', 'name', 'run_on']],
    ['Flyway', 'flyway_schema_history', ['installed_rank', 'version']],
    ['Flyway before 5', 'schema_version', ['installed_rank', 'version', 'description', 'checksum']],
    ['Liquibase', 'databasechangelog', ['id', 'author', 'filename', 'dateexecuted']],
    ['Liquibase, its lock', 'databasechangeloglock', ['id', 'locked', 'lockgranted', 'lockedby']],
    ['golang-migrate', 'schema_migrations', ['version', 'dirty']],
    ['Rails', 'schema_migrations', ['version']],
    ['Rails, its environment', 'ar_internal_metadata', ['key', 'value', 'created_at', 'updated_at']],
    ['Goose', 'goose_db_version', ['id', 'version_id', 'is_applied', 'tstamp']],
    ['Atlas', 'atlas_schema_revisions', ['version', 'description', 'applied']],
    ['Django', 'django_migrations', ['id', 'app', 'name', 'applied']],
    ['Alembic', 'alembic_version', ['version_num']],
  ])('%s', (_tool, name, columns) => {
    expect(kept(name, columns)).toBe(true);
    expect(kept(name, columns.toReversed(), 'elsewhere')).toBe(true);
  });
});

describe('a clear empties', () => {
  it.each([
    ['birds that migrate', 'migrations', ['id', 'species', 'season']],
    ['migrations of users, who have more to say', 'migrations', ['id', 'timestamp', 'name', 'user_id']],
    ['a table with another letter case', 'sequelizemeta', ['name']],
    ['a SequelizeMeta of somebody else', 'SequelizeMeta', ['name', 'value']],
    ['a schema_migrations of somebody else', 'schema_migrations', ['version', 'dirty', 'customer']],
    ['versions of other schemas', 'schema_version', ['id', 'version']],
    ['a change log of their own', 'databasechangelog', ['id', 'text']],
    ['metadata of their own', 'ar_internal_metadata', ['key']],
    ['a table whose name only begins so', '_prisma_migrations_old', ['id']],
    ['users', 'users', ['id', 'name']],
  ])('%s', (_what, name, columns) => {
    expect(kept(name, columns)).toBe(false);
  });
});
