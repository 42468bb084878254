import { restrictLine } from './closing.ts';
import { endsPreamble, isOfDropSection, isPreamble, NOT_DROPPING } from './drop-section.ts';
import { Kind } from './elements.ts';
import { versionClause } from './extension.ts';
import { isOwnership, isPolicy } from './ownership.ts';
import { sieve } from './sieve.ts';
import type { Statement } from './statement.ts';
import { walkDump } from './walk.ts';

export interface CutOptions {
  /** Versions that CREATE EXTENSION shall make, by extension: a dump carries none, and the newest may differ. */
  readonly extensionVersions: ReadonlyMap<string, string>;
  /** Leaves out owners and grants, for a server that lacks the roles. */
  readonly withoutOwners?: boolean;
  /** Leaves out policies too: what is left then names no role at all. */
  readonly withoutPolicies?: boolean;
}

export interface DumpCutter {
  /** Takes the next bytes of a plain dump, cut anywhere; the answers are views into them, to be used before they are reused. */
  write(chunk: Uint8Array): Uint8Array[];
  end(): Uint8Array[];
}

/** A statement that shows what it is only later than this is kept. */
const HOLD = 64 * 1024;

/**
 * Makes a dump fit for an empty database and any psql: its DROP section is left out, byte for byte what `pg_dump`
 * without `--clean` would have written remains, but for the `\restrict` and `\unrestrict` lines, which an older psql
 * does not know. The dump is not judged here: see `readDump`.
 */
export function cutDump(options: CutOptions): DumpCutter {
  const output = sieve();
  // preamble → section (from the `;` of SET row_security) → rest
  let place: 'preamble' | 'section' | 'rest' = 'preamble';
  let leaving = false;
  let comment = '';
  let leavingStatement: Statement | null = null;
  let keptStatement: Statement | null = null;

  const sifts = options.withoutOwners || options.withoutPolicies;

  /** Whether a statement is one that is not wanted; `undefined` while that cannot be told yet. */
  function isUnwanted(statement: Statement, ended: boolean): boolean | undefined {
    const owning = options.withoutOwners ? isOwnership(statement, ended) : false;
    const policy = options.withoutPolicies ? isPolicy(statement, ended) : false;
    if (owning === true || policy === true) return true;
    return owning === undefined || policy === undefined ? undefined : false;
  }

  function keepFromHere(): void {
    place = 'rest';
    if (output.holding) output.decide(true, 0);
  }

  function sectionComment(bytes: Buffer, from: number, to: number, closed: boolean): void {
    if (!output.holding) output.hold(bytes, from);
    comment += bytes.toString('latin1', from, Math.min(to, from + NOT_DROPPING.length - comment.length));
    const belongs = comment === NOT_DROPPING;
    if (!NOT_DROPPING.startsWith(comment) || (closed && !belongs)) {
      keepFromHere();
    } else if (closed) {
      comment = '';
      leaving = true;
      output.decide(false, to);
    }
  }

  function sectionStatement(
    bytes: Buffer,
    from: number,
    to: number,
    statement: Statement,
    ended: boolean,
  ): void {
    if (!output.holding) output.hold(bytes, from);
    if (leavingStatement !== statement) {
      const belongs = output.heldBytes > HOLD ? false : isOfDropSection(statement, ended);
      if (belongs === false) keepFromHere();
      if (belongs !== true) return;
      leavingStatement = statement;
      leaving = true;
    }
    output.decide(false, to);
  }

  function sectionSpan(kind: Kind, bytes: Buffer, from: number, to: number, closed: boolean): void {
    if (kind === Kind.lineComment) sectionComment(bytes, from, to, closed);
    else if (kind !== Kind.space) keepFromHere();
    // The line end of what was left out goes with it; the empty line before the section stays.
    else if (leaving) output.leaveOut(bytes, from, to);
  }

  function siftStatement(
    bytes: Buffer,
    from: number,
    to: number,
    statement: Statement,
    ended: boolean,
  ): void {
    if (keptStatement === statement) return;
    if (!output.holding) output.hold(bytes, from);
    if (leavingStatement !== statement) {
      const leave = output.heldBytes > HOLD ? false : isUnwanted(statement, ended);
      if (leave === undefined) return;
      if (!leave) {
        keptStatement = statement;
        output.decide(true, 0);
        return;
      }
      leavingStatement = statement;
    }
    output.decide(false, to);
  }

  const dump = walkDump({
    span(kind, bytes, from, to, closed, statement) {
      if (kind === Kind.command && restrictLine(bytes.subarray(from, to)) !== null) {
        output.leaveOut(bytes, from, to);
      } else if (place === 'section') {
        if (statement === null) sectionSpan(kind, bytes, from, to, closed);
        else sectionStatement(bytes, from, to, statement, false);
      } else if (sifts && place === 'rest' && statement !== null) {
        siftStatement(bytes, from, to, statement, false);
      }
    },
    ended(statement, bytes, at) {
      if (place === 'preamble' && endsPreamble(statement)) place = 'section';
      else if (place === 'preamble' && !isPreamble(statement)) place = 'rest';
      else if (place === 'section') sectionStatement(bytes, at, at + 1, statement, true);
      else if (sifts) siftStatement(bytes, at, at + 1, statement, true);
      const version = versionClause(statement, options.extensionVersions);
      if (version !== null) output.insert(bytes, at, version);
    },
    copyData() {},
    copyEnd() {},
    through: (bytes, to) => output.through(bytes, to),
    trouble() {},
  });

  return {
    write(chunk) {
      dump.write(chunk);
      return output.take();
    },
    end() {
      dump.end();
      if (output.holding) output.decide(true, 0);
      return output.take();
    },
  };
}
