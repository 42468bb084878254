import { OperationError } from '../core/errors.ts';
import type { Manifest } from '../core/manifest.ts';
import type { DatabaseFacts, ServerFacts } from '../core/ports/database-facts.ts';
import type { Target } from '../core/ports/target.ts';

/** What a person allows for one run, by the flag that the refusal names. */
export interface Allowances {
  production: boolean;
  otherCluster: boolean;
}

const maintenance = new Set(['postgres', 'template0', 'template1']);

/** Refuses to change what is not a development database of the user's own (SPEC 6). */
export async function guardTarget(target: Target, production: boolean, allowed: Allowances): Promise<void> {
  if (maintenance.has(target.database)) {
    throw new OperationError(
      'refused',
      `The database ${target.database} belongs to the server itself and is not changed.`,
      {
        hint: 'Give the project a database of its own: set POSTGRES_DB for a new container, or bring a backup of this one there with: npm run restore latest -- --into NAME',
      },
    );
  }
  if (allowed.production) return;
  if (production) {
    throw new OperationError('refused', 'NODE_ENV says that this is production.', {
      hint: 'Add --allow-production if this database is really meant.',
    });
  }
  const local = await target.isLocal();
  if (local === undefined) {
    throw new OperationError('unreachable', "Docker's client did not say on which machine its engine is.", {
      hint: 'Try again, or add --allow-production if this database is really meant.',
    });
  }
  if (!local) {
    throw new OperationError(
      'refused',
      'The Docker engine is on another machine, which looks like production.',
      {
        hint: 'Add --allow-production if this database is really meant.',
      },
    );
  }
}

/** Refuses a backup of another cluster: it may be the right file for the wrong server (FAULTS F44). */
export function guardOrigin(
  manifest: Manifest,
  server: ServerFacts,
  target: Target,
  allowed: Allowances,
): void {
  const sameDatabase = manifest.database === target.database;
  if (allowed.otherCluster || (manifest.system_identifier === server.systemIdentifier && sameDatabase))
    return;
  const from = `${manifest.database} in ${manifest.container ?? 'an embedded database'}`;
  const to = `${target.database} in ${target.container ?? 'the embedded database'}`;
  const other = sameDatabase ? 'a database server that was set up anew or is another' : 'another database';
  throw new OperationError(
    'refused',
    `The backup is of ${other}: ${from}, made ${manifest.timestamp}; it would replace ${to}.`,
    {
      hint: `If that is what you want: npm run restore ${manifest.backup_id} -- --allow-other-cluster (or --into NAME, to look at it beside).`,
    },
  );
}

/** Refuses where a swap would damage what hangs on the live database. */
export function guardObstacles(live: DatabaseFacts): void {
  const [first] = live.obstacles;
  if (first === undefined) return;
  throw new OperationError(
    'refused',
    `${live.name} cannot be replaced while it has ${live.obstacles.join(', ')}.`,
    {
      hint: 'Finish or drop that first. Nothing was changed.',
    },
  );
}

/** The typed name: no face stands in for it. */
export function requireConfirmation(target: Target, typed: string | undefined): void {
  if (typed === target.database) return;
  const said = typed === undefined ? 'needs the name of the database' : 'was given another name';
  throw new OperationError(
    'confirmation-needed',
    `This replaces the database ${target.database} and ${said}.`,
    {
      hint: `Type the name when asked, or add --confirm=${target.database}`,
    },
  );
}
