import type { Packing } from '../../core/backup-format.ts';

/**
 * Runs its arguments and packs what they print, with the first packer that works, the wanted one before the other: the
 * way out of a container costs two to three times what the dump itself costs (DESIGN, measured). Fixed text for any
 * POSIX shell, which has no pipefail: the end of either is an end of this, the packer's in the status of the pipe, the
 * tool's in what is read from it.
 */
const script = `
works() { "$@" </dev/null >/dev/null 2>&1; }
zstd='zstd -q -c -1 --check' gzip='gzip -c -1'
case $1 in gzip) first=$gzip second=$zstd ;; *) first=$zstd second=$gzip ;; esac
shift
if works $first; then pack=$first; elif works $second; then pack=$second; else exec "$@"; fi
exec 4>&1
code=$({ { "$@" 3>&- 4>&-; echo $? >&3; } | $pack 3>&- >&4 4>&-; } 3>&1) || { echo "error: $pack failed" >&2; exit 1; }
code=\${code:-1}
[ "$code" -lt 128 ] || echo "error: $1 was ended by signal $((code - 128))" >&2
exit "$code"`;

/** The command that runs a tool and packs what it prints, as is wanted if it can be had. */
export function packing(
  wanted: Packing,
  tool: string,
  args: readonly string[],
): [tool: string, args: string[]] {
  return ['sh', ['-c', script, 'sh', wanted, tool, ...args]];
}

/**
 * What lets pg_dump itself pack the plain SQL that it prints: a program and a pipe less, and a third of their CPU time
 * less (measured). Undefined where it cannot: zstd came with PostgreSQL 16. The tools are of the server's version.
 */
export function ownPacking(wanted: Packing, serverVersion: string): string | undefined {
  if (wanted === 'gzip') return '--compress=1';
  return Number.parseInt(serverVersion, 10) >= 16 ? '--compress=zstd:1' : undefined;
}

/** What a pg_dump says, before it connects, that was built without zstd or zlib. */
export const lacksPacking = /this build does not support compression with/;
