import { OperationError } from '../core/errors.ts';
import type { DatabaseSettings } from '../core/manifest.ts';
import type { DatabaseFacts, UndoPoint } from '../core/ports/database-facts.ts';
import type { Shadow } from '../core/ports/shadow.ts';
import type { BackupSet, CompleteSet } from '../core/ports/store.ts';
import type { Connection, Swapped } from '../core/ports/target.ts';
import type { TableChange } from '../core/table-changes.ts';
import { type Followed, follow } from './follow.ts';
import {
  foreseenAnalyze,
  foreseenBackup,
  foreseenCheck,
  foreseenLoad,
  moment,
  plainBytes,
  sum,
} from './foreseen.ts';
import {
  type Allowances,
  guardObstacles,
  guardOrigin,
  guardTarget,
  requireConfirmation,
} from './guard-rails.ts';
import { loadProven } from './load-proven.ts';
import { requireNeeds } from './needs.ts';
import { chooseSet, impactOf } from './preview-restore.ts';
import { examine, proveExamined, refuseForbidden } from './read-backup.ts';
import { requireLoadable } from './require-tools.ts';
import { type Held, hold, type Policy, type Ports, type Run } from './run.ts';
import { requireSeen, type Seen, seenAs } from './seen.ts';
import { requireLoadSpace } from './space.ts';
import { type BackupReceipt, takeBackup } from './take-backup.ts';
import { tidyUp } from './tidy-up.ts';

export interface RestoreRequest {
  backup: string;
  /** The database's name as somebody typed it. */
  confirm: string | undefined;
  dryRun: boolean;
  /** Restore beside, under this name, and change nothing else. */
  into: string | undefined;
  safetyBackup: boolean;
  createRoles: boolean;
  withoutOwners: boolean;
  /** Take a set that cannot be verified. */
  unverified: boolean;
  allow: Allowances;
  /** What the preview showed that somebody said yes to. */
  previewed?: Seen | undefined;
}

export interface RestoreResult {
  outcome: 'restored' | 'dry-run' | 'restored-beside';
  database: string;
  set: CompleteSet;
  changes: TableChange[];
  /** Whether the counts of the live tables in `changes` are exact. */
  exact: boolean;
  safetyBackup: { id: string; reused: boolean } | null;
  undoPoint: UndoPoint | null;
  keptUndoPoints: UndoPoint[];
  /** The sets that rotation took out. */
  removed: BackupSet[];
  blockedMs: number | null;
  warnings: string[];
  repairs: string[];
}

/** Brings a backup back by the one mechanism of SPEC 5: shadow, prove, swap, keep the old. */
export async function restoreBackup(
  ports: Ports,
  policy: Policy,
  request: RestoreRequest,
  run: Run,
): Promise<RestoreResult> {
  const kind = request.dryRun ? 'dry-run' : request.into === undefined ? 'restored' : 'restored-beside';
  if (request.into === undefined) await guardTarget(ports.target, policy.production, request.allow);
  if (kind === 'restored') requireConfirmation(ports.target, request.confirm);

  await using held = await hold(ports, 'restore', kind === 'restored' ? 'database' : 'look', run);
  const { connection } = held;
  const { set, madeUp } = await chooseSet(ports, request, run);
  const course = foreseenRestore(kind, request, policy, set, run);
  const prepared = await prepare(ports, held, request, { kind, set, madeUp }, course.step('check'));
  const { live, needs, facts } = prepared;
  course.foresee({ restore: sum(foreseenLoad(set, facts)) });
  const impact = await impactOf(connection, request.into === undefined ? live : null, set);
  const receipt =
    kind === 'restored' && live !== null
      ? await safetyBackup(ports, policy, held, request, course.step('backup'))
      : undefined;

  const settings = settingsFor(kind, live, set, request.withoutOwners);
  await using shadow = await connection.createShadow({
    purpose: request.dryRun ? 'scratch' : 'shadow',
    settings,
  });
  await loadProven(ports, shadow, set, { ...needs, jobs: policy.jobs, facts }, course.step('restore'));
  const swapped = await place(
    ports,
    held,
    { kind, request, live, shadow, settings, jobs: policy.jobs },
    course,
  );
  const tidied = await tidyUp(ports, policy, connection, course.step('tidy'), receipt, swapped?.undoPoint);
  return {
    outcome: kind,
    database: request.into ?? ports.target.database,
    set,
    ...impact,
    undoPoint: tidied.undoPoint,
    blockedMs: swapped?.blockedMs ?? null,
    keptUndoPoints: tidied.keptUndoPoints,
    removed: tidied.removed,
    safetyBackup: receipt === undefined ? null : { id: receipt.set.id, reused: receipt.reused },
    warnings: [...needs.warnings, ...(receipt?.warnings ?? []), ...tidied.warnings],
    repairs: held.repairs,
  };
}

type Kind = RestoreResult['outcome'];

/** Everything that can refuse, before any SQL of the backup runs. */
async function prepare(
  ports: Ports,
  { connection }: Held,
  request: RestoreRequest,
  { kind, set, madeUp }: { kind: Kind; set: CompleteSet; madeUp: boolean },
  run: Run,
) {
  requireLoadable(ports.target, set);
  if (request.into !== undefined) await requireFree(connection, request.into);
  else if (!madeUp) guardOrigin(set.manifest, connection.server, ports.target, request.allow);
  const live = await connection.live();
  if (request.into === undefined)
    requireSeen(request.previewed, ports.target.database, seenAs(connection.server, live));
  if (kind === 'restored' && live !== null) guardObstacles(live);
  const examination = await examine(ports.store, set, run, set.manifest.size_bytes);
  proveExamined(set, examination);
  refuseForbidden(set, examination);
  await requireLoadSpace(connection, set);
  const needs = await requireNeeds(connection, set.manifest, request, request.dryRun);
  return { live, needs, facts: examination.facts };
}

type RestoreStep = 'check' | 'backup' | 'restore' | 'analyze' | 'swap' | 'tidy';

function foreseenRestore(
  kind: Kind,
  { safetyBackup }: RestoreRequest,
  { jobs }: Policy,
  set: CompleteSet,
  run: Run,
): Followed<RestoreStep> {
  const dry = kind === 'dry-run';
  return follow(run, {
    check: foreseenCheck(set),
    // Of the live database too little is known yet; as a rule it is much like what comes in its place.
    backup:
      kind === 'restored' && safetyBackup
        ? sum(
            foreseenBackup({
              plain: plainBytes(set),
              stored: undefined,
              wholeFirst: false,
              seconds: undefined,
            }),
          )
        : 0,
    restore: sum(foreseenLoad(set)),
    analyze: dry ? 0 : foreseenAnalyze(set, jobs),
    swap: kind === 'restored' ? moment : 0,
    tidy: dry ? 0 : moment,
  });
}

interface Placement {
  kind: Kind;
  request: RestoreRequest;
  live: DatabaseFacts | null;
  shadow: Shadow;
  settings: DatabaseSettings;
  jobs: number;
}

/** Puts the proven shadow where it belongs: nowhere, beside, in an empty place, or in the live one's. */
async function place(
  { target }: Ports,
  { connection }: Held,
  { kind, request, live, shadow, settings, jobs }: Placement,
  course: Followed<RestoreStep>,
): Promise<Swapped | null> {
  if (kind === 'dry-run') return null;
  const analyze = course.step('analyze');
  analyze.onProgress({ phase: 'Gathering statistics' });
  await shadow.analyze(jobs);
  analyze.signal.throwIfAborted();
  if (request.into !== undefined || live === null) {
    await connection.adopt(shadow, request.into ?? target.database, settings);
    return null;
  }
  course.step('swap').onProgress({ phase: 'Swapping' });
  return connection.swap(shadow, { operation: 'restore' });
}

async function requireFree(connection: Connection, name: string): Promise<void> {
  if (name === '' || Buffer.byteLength(name) > 63 || name.includes('__kubegram_')) {
    throw new OperationError('refused', `${JSON.stringify(name)} cannot be the name of a database.`, {
      hint: "Give --into a name of 1 to 63 bytes that is not of the form of this tool's own databases.",
    });
  }
  if (!(await connection.exists(name))) return;
  throw new OperationError('refused', `There is a database named ${name} already.`, {
    hint: 'Choose another name for --into; an existing database is never written into.',
  });
}

/** What belongs to the database as a whole comes from the live one; beside, or without one, from the metadata. */
function settingsFor(
  kind: Kind,
  live: DatabaseFacts | null,
  set: CompleteSet,
  withoutOwners: boolean,
): DatabaseSettings {
  if (kind !== 'restored-beside' && live !== null) return live.settings;
  const settings = set.manifest.database_settings;
  return withoutOwners ? { ...settings, owner: null, acl: null, role_settings: [] } : settings;
}

/** The backup of what is about to be replaced, or the newest set where its content is the same (SPEC 6). */
async function safetyBackup(
  ports: Ports,
  policy: Policy,
  held: Held,
  request: RestoreRequest,
  run: Run,
): Promise<BackupReceipt | undefined> {
  if (!request.safetyBackup) return undefined;
  const sets = (await ports.store.list()).filter((set) => set.state === 'complete');
  const newest = sets.find((set) => set.manifest.database === ports.target.database);
  const receipt = await takeBackup(
    ports,
    policy,
    held,
    { reason: 'before-restore', note: '', unlessSameAs: newest },
    run,
  );
  return receipt;
}
