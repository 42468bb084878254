import type { TableFacts } from './ports/database-facts.ts';

/**
 * Where migration tools keep what they have applied. A clear keeps these rows: without them the next
 * migration run would try to make every table again. Where a name is one that people use for other things,
 * the columns must be there too.
 */
const bookkeeping: readonly { tool: string; name: string; columns?: readonly string[] }[] = [
  { tool: 'Prisma', name: '_prisma_migrations' },
  { tool: 'Drizzle', name: '__drizzle_migrations' },
  { tool: 'Knex', name: 'knex_migrations' },
  { tool: 'Knex', name: 'knex_migrations_lock' },
  { tool: 'TypeORM', name: 'migrations', columns: ['id', 'timestamp', 'name'] },
  { tool: 'TypeORM', name: 'typeorm_metadata', columns: ['type', 'name', 'value'] },
  { tool: 'Sequelize', name: 'SequelizeMeta', columns: ['name'] },
  { tool: 'node-pg-migrate', name: 'pgmigrations', columns: ['id', 'name', 'run_on'] },
  { tool: 'Flyway', name: 'flyway_schema_history' },
  { tool: 'Flyway', name: 'schema_version', columns: ['installed_rank', 'version', 'checksum'] },
  { tool: 'Liquibase', name: 'databasechangelog', columns: ['id', 'author', 'filename'] },
  { tool: 'Liquibase', name: 'databasechangeloglock', columns: ['id', 'locked'] },
  { tool: 'golang-migrate', name: 'schema_migrations', columns: ['version', 'dirty'] },
  { tool: 'Rails', name: 'schema_migrations', columns: ['version'] },
  { tool: 'Rails', name: 'ar_internal_metadata', columns: ['key', 'value'] },
  { tool: 'Goose', name: 'goose_db_version', columns: ['version_id', 'is_applied'] },
  { tool: 'Atlas', name: 'atlas_schema_revisions', columns: ['version', 'applied'] },
  { tool: 'Django', name: 'django_migrations', columns: ['app', 'name', 'applied'] },
  { tool: 'Alembic', name: 'alembic_version', columns: ['version_num'] },
];

/** Columns that these tables have at most: a user's own table of the same name has others beside them. */
const onlyColumns = new Set(['migrations', 'schema_migrations', 'SequelizeMeta']);

/** Whether a clear keeps the rows of this table because a migration tool needs them. */
export function isMigrationTable(table: TableFacts): boolean {
  return bookkeeping.some(({ name, columns = [] }) => {
    if (table.name !== name) return false;
    const complete = columns.every((column) => table.columns.includes(column));
    return complete && (!onlyColumns.has(name) || table.columns.length === columns.length);
  });
}
