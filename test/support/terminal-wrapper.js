// Runs one command in the foreground of the terminal it is started in, and tells test/support/terminal.ts how the
// terminal's modes were before and after, and how the command ended. What it tells goes as a control sequence of
// our own (OSC 7777), which no screen shows. A shell could not do it: it cannot tell an exit code 143 from a
// death by SIGTERM. Plain JavaScript, because it starts three times as fast as TypeScript does.
import { execFileSync, spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { constants } from 'node:os';

const [file = '', ...args] = process.argv.slice(2);
/** @param {object} told */
const tell = (told) => writeSync(1, `\u001B]7777;${JSON.stringify(told)}\u0007`);
const modes = () =>
  execFileSync('stty', ['-g'], { stdio: ['inherit', 'pipe', 'ignore'] })
    .toString()
    .trim();

// What is typed goes to the whole group; this process has to outlive the command.
for (const signal of ['SIGINT', 'SIGQUIT', 'SIGTSTP']) process.on(signal, () => {});

const test = process.ppid;
const before = modes();
const startedAt = Date.now();
const child = spawn(file, args, { stdio: 'inherit' });
child.on('error', (error) => tell({ error: error.message }));
child.on('spawn', () => tell({ pid: child.pid, startedAt }));
// A terminal that goes away says so to the leader of its session only; a shell passes it on, too.
process.once('SIGHUP', () => {
  process.on('SIGHUP', () => {});
  child.kill('SIGHUP');
  // Where the test itself is gone, nobody else ends a command that stays all the same.
  setInterval(() => process.ppid !== test && child.kill('SIGKILL'), 1000);
});
child.on('exit', (code, signal) => {
  const exitCode = code ?? 128 + constants.signals[signal ?? 'SIGKILL'];
  try {
    tell({ before, after: modes(), exitCode, signal });
  } catch {
    process.exit(exitCode); // The terminal is gone.
  }
  process.removeAllListeners('SIGHUP');
  // The terminal must not close before all of it is read: who reads it ends this process.
  setInterval(() => {}, 60_000);
});
