import { OperationError, reasonOf } from '../../core/errors.ts';
import { liveEntry } from './connection.ts';
import { holdFolder, initialiseFolder, repairFolder } from './embedded-folder.ts';
import { createShadow } from './shadow.ts';
import { giveName } from './swap.ts';

/** Makes an embedded database and fills it by SQL, for the demo and for tests. It is there whole or not at all. */
export async function createEmbeddedDatabase(path: string, database: string, sql: string): Promise<void> {
  const { signal } = new AbortController();
  await initialiseFolder(path, signal);
  await using folder = await holdFolder(path, signal);
  await repairFolder(folder);
  if (liveEntry(folder, database) !== undefined) {
    throw new OperationError(
      'refused',
      `There is an embedded database named ${database} in ${path} already.`,
      {
        hint: 'Choose another name or another folder; an existing database is never written into.',
      },
    );
  }
  await using shadow = await createShadow(folder, database, undefined, { purpose: 'shadow' });
  const cluster = await shadow.open();
  try {
    await cluster.execute(sql);
  } catch (error) {
    throw new OperationError('failed', `The SQL of the new database failed: ${reasonOf(error)}.`, {
      hint: 'Nothing was made. Correct the SQL, then try again.',
      cause: error,
    });
  }
  await cluster.execute('ANALYZE');
  await giveName(folder, shadow.entry, database);
  shadow.release();
}
