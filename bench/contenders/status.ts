import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from '../alternate.ts';
import { measure } from '../measure.ts';
import type { Server } from '../server.ts';
import { toolEnv } from '../tool.ts';

const least = 'docker exec "$1" psql -X -A -t -U postgres -d bench -c "select 1" && "$2" -e 0';

export function statusContenders({ container }: Server, work: string): Contender[] {
  const folder = join(work, 'plain');
  const args = ['run', '-s', 'db:status', '--', '--json'];
  return [
    {
      id: 'status',
      prepare: async () => mkdirSync(folder, { recursive: true }),
      run: () => measure({ file: 'npm', args, env: toolEnv(container, folder) }),
    },
    {
      id: 'leastStatus',
      run: () => measure({ file: 'bash', args: ['-c', least, 'bash', container, process.execPath] }),
    },
  ];
}
