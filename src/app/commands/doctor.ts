import { diagnose } from '../../operations/doctor.ts';
import { toJson } from '../../ui/json.ts';
import { columnsOf } from '../../ui/line/table.ts';
import { oneLine } from '../../ui/plain-text.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'doctor',
  summary: 'check that everything a backup needs is there',
  usage: ['npm run db:doctor', 'make db-doctor'],
  flags: {},
  run: async ({ wiring, signal, onProgress, paint }) => {
    const { checks, failure } = await diagnose(wiring, { signal, onProgress });
    const mark = { ok: paint.good('ok'), failed: paint.bad('failed'), skipped: paint.faint('skipped') };
    const rows = checks.map((check) => [mark[check.outcome], check.name, oneLine(check.detail)]);
    const hint = failure?.hint === undefined ? '' : `\n${failure.hint}`;
    return {
      json: toJson({ checks }),
      text: () => columnsOf(['', '', ''], rows) + hint,
      ...(failure === null ? {} : { error: failure }),
    };
  },
};
