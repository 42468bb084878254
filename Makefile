# Everything this project does, one line each; `make` alone prints this list.
# Flags are passed on in ARGS: make db-backup ARGS='--note "before the migration"'
SHELL := /bin/sh
.DEFAULT_GOAL := help
NODE = $$([ -e node_modules/.bin/node ] && echo node_modules/.bin/node || echo node)
RUN = @$(NODE) scripts/start.js

.PHONY: help setup clear-db db-backup restore-db db-status undo-db db-list db-doctor \
  backup-verify backup-cleanup backup-delete backup-pin backup-unpin demo test check bench soak

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name text; do printf '  %-15s %s\n' "$$name" "$$text"; done

setup: node_modules/.setup ## prepare this clone: packages, and Node 24 where the machine's is older
	@$(NODE) scripts/ensure-node.js

node_modules/.setup: package.json package-lock.json scripts/ensure-node.js
	@command -v npm >/dev/null || { echo 'There is no npm on this machine. Install Node 20 or newer, then type: make setup' >&2; exit 1; }
	@npm ci --loglevel=error || { echo 'The packages could not be installed; what npm says is above. Then type again: make setup' >&2; exit 1; }
	@touch $@

clear-db: setup ## empty the database, after a verified backup
	$(RUN) clear $(ARGS)

db-backup: setup ## back up the database and verify the file
	$(RUN) backup $(ARGS)

restore-db: setup ## bring a backup back: choose from a list, or ARGS=BACKUP
	$(RUN) restore --choose $(ARGS)

db-status: setup ## show the database, its backups and the undo point
	$(RUN) status $(ARGS)

undo-db: setup ## bring back what the last clear, restore or undo replaced
	$(RUN) undo $(ARGS)

db-list: setup ## list the backups
	$(RUN) list $(ARGS)

db-doctor: setup ## check that everything a backup needs is there
	$(RUN) doctor $(ARGS)

backup-verify: setup ## prove a backup: ARGS="latest --deep"
	$(RUN) verify $(ARGS)

backup-cleanup: setup ## remove backups by the rules of rotation: ARGS=--dry-run to look first
	$(RUN) cleanup $(ARGS)

backup-delete: setup ## delete one backup: ARGS=ID
	$(RUN) delete $(ARGS)

backup-pin: setup ## keep a backup from rotation: ARGS=ID
	$(RUN) pin $(ARGS)

backup-unpin: setup ## give a backup back to rotation: ARGS=ID
	$(RUN) pin --off $(ARGS)

demo: setup ## try everything on an embedded database, without Docker
	@$(NODE) scripts/demo.ts

test: setup ## run all tests
	@npm run -s test

check: setup ## types, style, layers, unused code, generated docs
	@npm run -s check

bench: setup ## measure, side by side with what one would type by hand
	@$(NODE) bench/run.ts $(ARGS)

soak: setup ## the long form of the fault suite: an hour or two
	@$(NODE) scripts/soak.ts $(ARGS)
