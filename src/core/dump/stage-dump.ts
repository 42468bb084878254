import { Kind } from './elements.ts';
import { indexBuild, mayBuildIndex, type Weighed, weigh } from './index-build.ts';
import { copyTarget, isWord, qualifiedAt, type Relation } from './relation.ts';
import { inTransactionAfter, isPlainSetting, isSetting, maySet } from './session-state.ts';
import type { Statement } from './statement.ts';
import { walkDump } from './walk.ts';

/**
 * A stretch of a dump. `serial` is for one session and waits for all before it, a `setting` is for every session and
 * waits too, a `gap` (blank space and comments) means nothing, and builds that only gaps lie between may be built at once.
 */
export type Piece =
  | { readonly kind: 'serial' | 'gap'; readonly bytes: Uint8Array }
  | { readonly kind: 'setting'; readonly bytes: Buffer }
  | StagedBuild;

export interface StagedBuild extends Weighed {
  readonly kind: 'build';
  /** The statement with its semicolon. */
  readonly bytes: Buffer;
  /** Of the dump, 1-based, where the statement begins. */
  readonly line: number;
}

export interface DumpStager {
  /** Takes the next bytes, cut anywhere. Serial pieces and gaps are views into them, to be used before they are reused. */
  write(chunk: Uint8Array): Piece[];
  end(): Piece[];
}

/** A statement that shows what it is only later than this is serial. */
const HOLD = 64 * 1024;

/**
 * Takes a plain dump apart into what one session has to run in order and the index builds among it; all pieces together
 * are the dump, byte for byte. Only what a statement says counts, never a comment. What is in a transaction is serial,
 * and so is everything behind something that would make sessions differ or that psql may read otherwise than we do.
 */
export function stageDump(): DumpStager {
  let pieces: Piece[] = [];
  let kind: 'serial' | 'gap' = 'gap';
  let from = 0;
  let seen: Statement | null = null;
  let holding = false;
  let held: Buffer[] = [];
  let heldBytes = 0;
  let inTransaction = false;
  let serialOnly = false;
  let inherits = false;
  const partitioned = new Set<string>();
  const copied = new Map<string, number>();
  let copying = '';

  function pass(bytes: Buffer, to: number): void {
    if (to > from) pieces.push({ kind, bytes: bytes.subarray(from, to) });
    from = to;
  }

  function release(): void {
    kind = 'serial';
    for (const bytes of held) pieces.push({ kind, bytes });
    letGo();
  }

  function letGo(): void {
    holding = false;
    held = [];
    heldBytes = 0;
  }

  function isCandidate(statement: Statement): boolean {
    return heldBytes <= HOLD && (mayBuildIndex(statement) || maySet(statement));
  }

  function begins(statement: Statement, bytes: Buffer, at: number): void {
    seen = statement;
    const free = !serialOnly && !inTransaction;
    const candidate = free && isCandidate(statement);
    if (candidate || kind === 'gap') pass(bytes, at);
    holding = candidate;
    if (!candidate) kind = 'serial';
  }

  /** What a statement that has ended is, if it is not serial. */
  function unserial(statement: Statement, bytes: Buffer): Piece | null {
    if (serialOnly) return null;
    if (isSetting(statement)) {
      if (isPlainSetting(statement, bytes)) return { kind: 'setting', bytes };
      serialOnly = true;
      return null;
    }
    const build = indexBuild(statement);
    if (build === null || partitioned.has(keyOf(build.table))) return null;
    // From PostgreSQL 18 on a primary key locks the table's heirs as well, while a build on one may read the table.
    if (build.alone && inherits) return null;
    return {
      kind: 'build',
      bytes,
      line: statement.line,
      ...weigh(build, copied.get(keyOf(build.table)) ?? 0),
    };
  }

  function learn(statement: Statement): void {
    const { outer } = statement;
    if (inTransaction && isSetting(statement)) serialOnly = true; // a ROLLBACK would take it back
    inTransaction = inTransactionAfter(statement, inTransaction);
    const target = copyTarget(statement);
    if (target !== null) copying = keyOf(target);
    const table = outer.findIndex((token) => isWord(token, 'table'));
    if (!isWord(outer[0], 'create') || table < 0 || table > 2) return;
    inherits ||= outer.some((token) => isWord(token, 'inherits'));
    const made = qualifiedAt(outer, table + 1);
    if (made !== null && outer.some((token) => isWord(token, 'partition')))
      partitioned.add(keyOf(made.relation));
  }

  const dump = walkDump({
    span(element, bytes, at, _to, _closed, statement) {
      if (element === Kind.command) {
        serialOnly = true;
        if (holding) release();
        else if (kind === 'gap') pass(bytes, at);
        kind = 'serial';
      } else if (statement !== null && seen !== statement) begins(statement, bytes, at);
      else if (holding && statement !== null && !isCandidate(statement)) release();
    },
    ended(statement, bytes, at) {
      if (holding) {
        const whole = Buffer.concat([...held, bytes.subarray(from, at + 1)]);
        const piece = unserial(statement, whole);
        if (piece === null) release();
        else {
          pieces.push(piece);
          from = at + 1;
          kind = 'gap';
          letGo();
        }
      }
      learn(statement);
      seen = null;
    },
    copyData(_bytes, at, to) {
      copied.set(copying, (copied.get(copying) ?? 0) + to - at);
    },
    copyEnd() {},
    through(bytes, to) {
      if (!holding) pass(bytes, to);
      else if (to > from) {
        held.push(Buffer.from(bytes.subarray(from, to)));
        heldBytes += to - from;
      }
      from = 0;
    },
    trouble() {
      serialOnly = true;
    },
  });

  function take(): Piece[] {
    const taken = pieces;
    pieces = [];
    return taken;
  }

  return {
    write(chunk) {
      dump.write(chunk);
      return take();
    },
    end() {
      dump.end();
      if (holding) release();
      return take();
    },
  };
}

function keyOf({ schema, name }: Relation): string {
  return JSON.stringify([schema, name]);
}
