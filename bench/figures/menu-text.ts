import { median } from './median.ts';
import type { MenuFigures } from './result.ts';

export function menuText({ firstFrame, keyMs, backupMs, lostMs, backMs }: MenuFigures): string {
  const frames = firstFrame.map(
    ({ command, ms }) =>
      `| \`${command}\` | ${ms.length} | ${whole(median(ms))} | ${whole(Math.max(...ms))} |`,
  );
  return `The menu, at a real terminal of 100 × 30:

| from command to first frame | runs | median ms | worst ms |
|---|---|---|---|
${frames.join('\n')}

${keyMs.length} keys pressed during ${backupMs.length} backups of ${(median(backupMs) / 1000).toFixed(1)} s were answered on the screen within ${whole(median(keyMs))} ms
(median; worst ${whole(Math.max(...keyMs))} ms).

A container that is killed shows within ${whole(median(lostMs))} ms (median; worst ${whole(Math.max(...lostMs))} ms), its return within ${whole(median(backMs))} ms
(worst ${whole(Math.max(...backMs))} ms), ${lostMs.length} times each.`;
}

function whole(ms: number): string {
  return ms.toFixed(0);
}
