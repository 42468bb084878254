import { formatBytes, formatDuration } from '../../../core/format.ts';
import { proofWords } from '../../line/backups.ts';
import { connections } from '../../line/status.ts';
import { type Line, type Span, span, widthOf } from '../line.ts';
import { ageSince } from '../pages/age.ts';
import type { MenuState } from '../state.ts';
import { Lines } from './lines.tsx';

/** Where am I: the database, its container and state; the newest backup; the undo point. */
export function Header({ state, columns }: { state: MenuState; columns: number }) {
  const lines = [target(state, columns), stock(state, columns), [span('─'.repeat(columns), 'faint')]];
  return <Lines lines={lines} columns={columns} rows={3} />;
}

function target({ look, trouble, silentSince, now }: MenuState, columns: number): Line {
  const name = span(`${look?.database ?? 'KubeGram'} `, 'strong');
  if (trouble !== null) return [name, span('● ', 'bad'), span(trouble.text, 'bad')];
  if (silentSince !== null)
    return [name, span('● ', 'warn'), span(`no answer for ${formatDuration(now - silentSince)}`, 'warn')];
  if (look === null) return [name, span('looking for the database …', 'faint')];
  const { target: found, unreachable } = look;
  if (found === null) return [name, span('● ', 'bad'), span(unreachable?.message ?? 'out of reach', 'bad')];
  const size = found.exists
    ? [formatBytes(found.sizeBytes), connections(found.sessions)]
    : ['the database does not exist'];
  const container = look.container === null ? [] : [look.container];
  const version = found.serverVersion;
  const facts = [
    [found.state, ...container, `PostgreSQL ${version}`, ...size],
    [found.state, ...container, version, ...size],
    [found.state, version, ...size, ...container],
  ].map((words) => words.join(', '));
  const dot = span('● ', found.exists ? 'good' : 'bad');
  return [name, dot, span(fitting(facts, columns - widthOf(name.text) - 2))];
}

function stock({ look, listTrouble, now }: MenuState, columns: number): Line {
  if (listTrouble !== null) return [span(`The backups cannot be read: ${listTrouble}`, 'bad')];
  if (look === null) return [];
  const { count, others, totalBytes, newest } = look.backups;
  const undo = look.target?.undoPoint;
  const undoing: Span[] =
    undo === null || undo === undefined
      ? []
      : [span('  Undo ', 'faint'), span(`the ${undo.operation}, ${ageSince(undo.at, now)}`)];
  const label = span('Backups ', 'faint');
  if (newest === null) {
    const elsewhere = others === 0 ? '' : ` of this database, ${others} of others`;
    return [label, span(`none yet${elsewhere}`, 'warn'), ...undoing];
  }
  const { timestamp, verification } = newest.manifest;
  const proof = span(proofWords[verification.level], verification.level === 'written' ? 'warn' : 'good');
  const age = ageSince(timestamp, now);
  const facts = [
    `${count} (${formatBytes(totalBytes)}), newest ${age}, `,
    `${count}, newest ${age}, `,
    `${age}, `,
  ];
  const rest = [label, proof, ...undoing].reduce((cells, { text }) => cells + widthOf(text), 0);
  return [label, span(fitting(facts, columns - rest)), proof, ...undoing];
}

/** The first wording that fits; the last one where none does. */
function fitting(wordings: readonly string[], width: number): string {
  return wordings.find((words) => widthOf(words) <= width) ?? wordings.at(-1) ?? '';
}
