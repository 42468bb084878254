import { OperationError } from '../core/errors.ts';
import type { ContainerFacts } from '../database/docker/container.ts';

/**
 * Most projects' `.env` has a DATABASE_URL for the application. It is fine beside a container where both
 * mean the same database; where they do not, going on would mean guessing whose data is wiped.
 *
 * @throws OperationError `configuration`, naming both, without the URL's password.
 */
export function requireSameDatabase(databaseUrl: string, container: ContainerFacts, database: string): void {
  const url = parseUrl(databaseUrl);
  const port = url.port || '5432';
  const name = databaseOf(url);
  const loopback = ['localhost', '127.0.0.1', '[::1]', '0.0.0.0'].includes(url.hostname.toLowerCase());
  const published = container.published.some((address) => address.endsWith(`:${port}`));
  if (loopback && published && name === database) return;
  const where = container.published.join(', ') || 'no published port';
  throw new OperationError(
    'configuration',
    `DATABASE_URL leads to ${url.hostname}:${port}/${name}, and the container ${container.name} is the database ${database} on ${where}.`,
    { hint: 'Make both mean the same database, or empty one: DATABASE_URL= npm run db:status' },
  );
}

/** @throws OperationError where no container stands beside the URL. */
export function urlAlone(cause: unknown): OperationError {
  return new OperationError(
    'configuration',
    'DATABASE_URL is set and there is no container of that database.',
    {
      hint: 'Reaching a database by its URL is not built yet: name its container in DB_CONTAINER.',
      cause,
    },
  );
}

/** An @ behind the host means a password with a bare / ? or #: what looks like host and name is part of it. */
const postgresUrl = /^postgres(ql)?:\/\/[^/?#]*([/?#][^@]*)?$/i;

function parseUrl(databaseUrl: string): URL {
  const url = postgresUrl.test(databaseUrl) && URL.canParse(databaseUrl) ? new URL(databaseUrl) : undefined;
  if (url !== undefined && databaseOf(url) !== undefined) return url;
  throw new OperationError('configuration', 'DATABASE_URL is not the URL of a Postgres database.', {
    hint: 'It has the form postgresql://USER:PASSWORD@HOST:PORT/DATABASE; correct it in .env or take it out. Special characters are written as %XX.',
  });
}

function databaseOf(url: URL): string | undefined {
  try {
    return decodeURIComponent(url.pathname.slice(1));
  } catch {
    return undefined; // a percent sign that encodes nothing
  }
}
