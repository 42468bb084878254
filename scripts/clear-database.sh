#!/bin/sh
# Empties the development database, after a verified backup.
#   --status-only   status and the list of backups, then exit
#   --backup-only   one backup, then exit
project=$(cd "$(dirname "$0")/.." && pwd) || exit 1
node=$project/node_modules/.bin/node
[ -e "$node" ] || node=node
command -v "$node" >/dev/null 2>&1 || { echo 'There is no Node on this machine. Install Node 20 or newer, then type: make setup' >&2; exit 2; }
command=clear
for argument do
  shift
  case "$argument" in
    --status-only) command='status --backups' ;;
    --backup-only) command=backup ;;
    *) set -- "$@" "$argument" ;;
  esac
done
# shellcheck disable=SC2086 # the words of the command are two
exec "$node" "$project/scripts/start.js" $command "$@"
