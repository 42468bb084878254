import { randomBytes } from 'node:crypto';
import { execa } from 'execa';
import type { TestContainer } from './container.ts';

/** A psql of somebody else's that has run something and stays; it ends when it is disposed. */
export async function openSession(
  container: TestContainer,
  text: string,
  { database = container.database, name = `user ${randomBytes(4).toString('hex')}` } = {},
): Promise<AsyncDisposable & { name: string }> {
  const settings = [
    `--env=PGDATABASE=${database}`,
    `--env=PGUSER=${container.user}`,
    `--env=PGAPPNAME=${name}`,
  ];
  const psql = ['psql', '-X', '-A', '-t', '-q', '-v', 'ON_ERROR_STOP=1'];
  const child = execa('docker', ['exec', '-i', ...settings, container.name, ...psql], { reject: false });
  const done = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (data: Buffer) => data.includes('it is open') && resolve());
    child.then(({ stderr }) => reject(new Error(`the session ended: ${stderr}`)), reject);
  });
  child.stdin.write(`${text};\n\\echo it is open\n`);
  await done;
  return {
    name,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await child;
    },
  };
}
