import { describeChanges, rows } from '../../line/backups.ts';
import { clearPreviewText, restorePreviewText } from '../../line/results.ts';
import { paint } from '../../paint.ts';
import { endOf, type Line, line, span, toWidth, widthOf, wrapped } from '../line.ts';
import { type Dangerous, databaseOf, type MenuState, type Question } from '../state.ts';
import { ageSince } from './age.ts';

const plain = paint(false);

/** A question in two parts: what it is about, which may be cut where room is short, and where the answer goes. */
export interface Asked {
  about: Line[];
  answer: Line[];
}

export function askedLines(state: MenuState, question: Question): Asked {
  const { columns } = state;
  const yesNo = (text: string, keys: string): Asked => ({
    about: wrapped(text, 'warn', columns),
    answer: wrapped(keys, 'plain', columns),
  });
  switch (question.ask) {
    case 'note':
      return {
        about: [line(`Back up ${state.look?.database ?? ''}`, 'strong')],
        answer: [
          typing('Note (may stay empty): ', question.typed, columns),
          line('Enter backs up, Esc goes back', 'faint'),
        ],
      };
    case 'delete':
      return yesNo(`Delete ${question.id}?`, 'y deletes it, any other key keeps it (y/N)');
    case 'quit':
      return yesNo(
        `${state.job?.title ?? 'Something'} is not over yet. Cancel it and close the menu?`,
        'y cancels and closes, any other key goes on (y/N)',
      );
    case 'name':
      return { about: aboutLines(state, question.about), answer: nameLines(state, question) };
  }
}

function nameLines(
  { columns }: MenuState,
  { about, typed, wrong }: Extract<Question, { ask: 'name' }>,
): Line[] {
  const database = databaseOf(about);
  const hint =
    about.do === 'clear'
      ? 'Enter goes on, Tab changes the kind, Esc goes back'
      : 'Enter goes on, Esc goes back';
  const label = `Type ${database} to go on: `;
  // A long name stands in the lines above as well; here must be room to type it.
  const fits = widthOf(label) + widthOf(database) < columns;
  return [
    typing(fits ? label : 'Type its name to go on: ', typed, columns),
    ...(wrong
      ? wrapped(`That is not ${database}. Nothing was changed.`, 'bad', columns)
      : [line(hint, 'faint')]),
  ];
}

function aboutLines(state: MenuState, about: Dangerous): Line[] {
  if (about.do === 'undo') return undoLines(about, state);
  const { text, tables } = about.do === 'restore' ? restoreWords(about) : clearWords(about);
  const [first = '', ...rest] = text;
  return [
    ...wrapped(first, 'warn', state.columns),
    ...rest.flatMap((one) => wrapped(one.trim(), 'plain', state.columns, '  ')),
    ...tables.map((one) => line(`  ${one}`)),
  ];
}

/** Each table has its line: what does not fit is scrolled to. */
function restoreWords({ preview }: Extract<Dangerous, { do: 'restore' }>) {
  const [first = ''] = restorePreviewText(preview, plain).split('\n');
  const changes = describeChanges(preview.changes, preview.exact, Number.POSITIVE_INFINITY);
  return {
    text: [first, 'What is there now is backed up first, and undo brings it back.'],
    tables: changes.length > 0 ? changes : ['no row count changes'],
  };
}

function clearWords({ preview, everything }: Extract<Dangerous, { do: 'clear' }>) {
  return {
    text: clearPreviewText(preview, everything, plain).split('\n'),
    tables: preview.cleared
      .toSorted((a, b) => b.rows - a.rows)
      .map((table) => `${table.schema}.${table.name} loses ${rows(table.rows)}`),
  };
}

function undoLines(
  { preview: { database, point } }: Extract<Dangerous, { do: 'undo' }>,
  { now, columns }: MenuState,
): Line[] {
  const what = `This brings ${database} back as it was before the ${point.operation}, ${ageSince(point.at, now)}.`;
  return [
    ...wrapped(what, 'warn', columns),
    ...wrapped('What is there now is kept: undo swaps the two again.', 'plain', columns, '  '),
  ];
}

function typing(label: string, typed: string, columns: number): Line {
  const room = Math.max(0, columns - 1);
  const shown = endOf(typed, Math.max(room - widthOf(label), Math.ceil(room / 2)));
  const front = room - widthOf(shown);
  return [span(widthOf(label) <= front ? label : toWidth(label, front)), span(shown, 'strong'), span('▏')];
}
