/**
 * Parts of fixed texts for a POSIX shell. A parallel dump is a folder, and a parallel restore needs a file that it can
 * seek in, so both have a place in the container for their time. It is named by the run and by the shell that made it:
 * that this shell is gone tells that the folder is debris, as after SIGKILL, which runs no trap. The next one removes it, and so does
 * a look at the room there.
 */

export const temporaryFolder = `\${TMPDIR:-/tmp}`;

/** One line, for whoever cannot take more. */
export const removeDebris = `for old in "${temporaryFolder}"/kubegram-archive-*-*; do [ ! -d "$old" ] || [ -d "/proc/\${old##*-}" ] || rm -rf "$old"; done`;

/** One line that prints how large the archive of a run is by now; nothing where there is none. */
export const kilobytesOf = (runId: string): string =>
  `du -sk "${temporaryFolder}"/kubegram-archive-${runId}-* 2>/dev/null | cut -f 1`;

const PLACE = `
umask 077
${removeDebris}
folder=${temporaryFolder}/kubegram-archive-$2-$$
trap 'rm -rf "$folder"' EXIT
trap 'exit 143' HUP INT TERM PIPE
mkdir "$folder" || exit 1`;

/** Dumps into the folder and prints it as a tar. Ends as pg_dump ends, and says so where a signal ended that. */
export const dumpDirectory = `${PLACE}
connect=$1; shift 2
pg_dump --dbname="$connect" --format=directory --no-sync --file="$folder/archive" "$@"
code=$?
[ "$code" -lt 128 ] || echo "error: pg_dump was ended by signal $((code - 128))" >&2
[ "$code" -eq 0 ] || exit "$code"
tar -C "$folder/archive" -cf - .`;

/**
 * Takes an archive from standard input, so many bytes of it, and says that it has them. Nothing looks into them, not even
 * tar, before a line comes back: whoever sent it knows by then whether it is what was examined. Then it says where the
 * archive is, and keeps it until standard input ends: the folder dies with its sender. Arguments: the format, the length.
 */
export const holdArchive = `${PLACE}
head -c "$4" > "$folder/sent" || exit 1
[ "$(wc -c < "$folder/sent")" -eq "$4" ] || exit 1
echo received
read -r word && [ "$word" = examined ] || exit 1
case $3 in
  custom) mv "$folder/sent" "$folder/archive" ;;
  directory) mkdir "$folder/archive" && tar -C "$folder/archive" -xof "$folder/sent" && rm "$folder/sent" ;;
  *) exit 2 ;;
esac || exit 1
echo "$folder/archive"
read -r _ || :`;

/** Prints the SQL of what comes before the data. Argument: the archive's place. */
export const printPreData = `
exec pg_restore --section=pre-data --file=- "$3"`;

/**
 * Loads the rest in several sessions: all data, and then what comes after. In one run pg_restore would begin with the
 * latter while there is data to come, and not for the better: a domain's NOT VALID check waits for no table's rows
 * (seen with 15 and 17). A list of what to load leaves policies and their comments out where they are not wanted.
 * Arguments: the archive's place, \`policies\` or \`no-policies\`, then options of pg_restore.
 */
export const restoreRest = `
connect=$1 archive=$3 policies=$4; shift 4
[ "$policies" = policies ] || {
  pg_restore --list "$archive" > "$archive.list" || exit 1
  entry='^[0-9]*; [0-9]* [0-9]*'
  sed -e "/$entry POLICY /d" -e "/$entry COMMENT .* POLICY /d" "$archive.list" > "$archive.use" || exit 1
  set -- --use-list="$archive.use" "$@"
}
set -- --exit-on-error --dbname="$connect" "$@" "$archive"
pg_restore --section=data "$@" || exit
exec pg_restore --section=post-data "$@"`;
