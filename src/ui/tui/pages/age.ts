import { formatAge } from '../../../core/format.ts';

/** How long ago a moment of UTC was. */
export function ageSince(timestamp: string, now: number): string {
  return formatAge(now - Date.parse(timestamp));
}
