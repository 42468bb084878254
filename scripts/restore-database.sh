#!/bin/sh
# Brings a backup back: the one named, or one chosen from a list.
project=$(cd "$(dirname "$0")/.." && pwd) || exit 1
node=$project/node_modules/.bin/node
[ -e "$node" ] || node=node
command -v "$node" >/dev/null 2>&1 || { echo 'There is no Node on this machine. Install Node 20 or newer, then type: make setup' >&2; exit 2; }
exec "$node" "$project/scripts/start.js" restore --choose "$@"
