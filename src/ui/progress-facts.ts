import { formatBytes, formatCount, formatDuration } from '../core/format.ts';
import type { Pace } from '../core/pace.ts';
import type { Progress } from '../core/progress.ts';

/**
 * How far something is, in words: `217 MB`, `98 MB/s`, `12 345 rows`, `~8 s left`. Where there is not room for all of them
 * those that tell most stay.
 *
 * @param room in columns
 */
export function progressFacts({ bytes, rows, parts }: Progress, pace: Pace, room: number): string {
  const { rate, secondsLeft } = pace;
  const facts: { text: string; rank: number }[] = [];
  if (parts !== undefined) facts.push({ text: `${parts.done} of ${parts.of}`, rank: 2 });
  if (bytes !== undefined) facts.push({ text: formatBytes(bytes), rank: 3 });
  if (rate > 0) facts.push({ text: `${formatBytes(rate)}/s`, rank: 4 });
  if (rows !== undefined) facts.push({ text: `${formatCount(rows)} rows`, rank: 5 });
  if (secondsLeft !== undefined) facts.push({ text: `~${inSeconds(secondsLeft)} left`, rank: 1 });
  const fitting = (most: number): string =>
    facts
      .filter(({ rank }) => rank <= most)
      .map(({ text }) => text)
      .join('  ');
  let most = 5;
  while (most > 1 && fitting(most).length > room) most--;
  return fitting(most);
}

/** `~62 %` of the whole. */
export function shareInWords(share: number): string {
  return `~${Math.floor(share * 100)} %`;
}

/** An estimate has no tenths. */
function inSeconds(seconds: number): string {
  return seconds < 59.5 ? `${Math.max(1, Math.round(seconds))} s` : formatDuration(seconds * 1000);
}
