/** A test, by its file and its title as it stands there. */
export interface Proof {
  file: string;
  title: string;
}

/** An accident, what must be seen of it, and the tests that show it. */
export interface Case {
  number: number;
  when: string;
  shown: string;
  proofs: Proof[];
  /** What of it is not met, and why; unset where all of it is. */
  short?: string;
}

const at = (file: string, ...titles: string[]): Proof[] =>
  titles.map((title) => ({ file: `test/${file}.test.ts`, title }));

/** The cases that a backup tool has to stand, each with its proofs; RELIABILITY.md is made from it. */
export const cases: readonly Case[] = [
  {
    number: 1,
    when: 'The dump fails: wrong name, role or network, or a tool that does not fit',
    shown: 'Nothing is published, nothing rotated; what the tool said is shown.',
    proofs: [
      ...at('e2e/bad-input', 'no docker, no engine, no container', 'another database or role than there is'),
      ...at('integration/time-and-loss', 'a table that stays locked ends the backup in the limit for locks'),
    ],
    short:
      'the client tools run inside the container, next to their server; one that does not fit it could not be brought up.',
  },
  {
    number: 2,
    when: 'pg_dump or its session is killed, or we are interrupted, ended or killed',
    shown: 'Exit 130 or 143 for our own signals; nothing half done stays, in the folder or in the container.',
    proofs: [
      ...at('faults/kill-loop', '$nth: $kill.name in $operation'),
      ...at(
        'e2e/signals',
        '$kind during $operation',
        'SIGKILL during %s: the next status puts all in order',
        'the last backup is there, whole, and the database can be restored from it',
      ),
      ...at('unit/store/kill', 'of a backup leaves none of it or all of it'),
    ],
  },
  {
    number: 3,
    when: 'The container stops, pauses or is made anew in the middle of a dump',
    shown: 'It fails within the limit and names the container; the next run works without work by hand.',
    proofs: [
      ...at('faults/kill-loop', '$nth: $kill.name in $operation'),
      ...at('integration/time-and-loss', 'paused, stopped and removed in the middle of a backup'),
      ...at(
        'integration/removed-container',
        'while pg_dump waits (format: %s)',
        'while rows come (format: %s)',
      ),
      ...at('e2e/bad-input', 'the container is stopped or paused'),
    ],
  },
  {
    number: 4,
    when: 'No space or an I/O error at the n-th write, sync, close or rename',
    shown: 'A clean failure for every n; old backups are as they were; what was begun is gone.',
    proofs: [
      ...at(
        'faults/nth-failure-backup-restore',
        '$name harms nothing, whichever call of the store, a process or the clock fails, once or from then on',
      ),
      ...at(
        'faults/nth-failure-clear-undo',
        '$name harms nothing, whichever call of the store, a process or the clock fails, once or from then on',
      ),
      ...at(
        'faults/full-backup-disk',
        'a backup that lacks room at any point is given up whole, and the next that has it is done',
      ),
      ...at('faults/full-server-disk', '$name while $phase, with $left kB left: all or nothing'),
      ...at(
        'integration/archives-round-trip',
        'where the server has no room for an archive, nothing is begun',
      ),
      ...at(
        'unit/store/failures',
        'harms nothing where its n-th call on the file system fails once with %s',
        'harms nothing where every call from the n-th on fails with %s',
        'leaves nothing behind, where what failed was not the tidying up',
      ),
    ],
  },
  {
    number: 5,
    when: 'A dump is cut although the tool said success',
    shown: 'It is refused as incomplete, and never in the list.',
    proofs: [
      ...at(
        'faults/cuts',
        'at any line end neither verifies nor restores, even where its metadata vouches for it (format: %s)',
        'on its way out of a pg_dump that ends with success is not published, and earlier backups stay as they are',
      ),
      ...at('integration/dump-cut', '%s: cut anywhere it is incomplete'),
      ...at('unit/core/dump/read-dump', 'takes a dump as complete only with its last byte'),
    ],
  },
  {
    number: 6,
    when: 'The database is empty, or suddenly tiny',
    shown:
      'Such a backup is made with a warning and pushes no full one out; where nothing is to be cleared, that is said.',
    proofs: [
      ...at(
        'faults/rotation-properties',
        'never lets empty or tiny sets push out the last full one that verifies',
      ),
      ...at('unit/core/retention', 'lets no small, empty or safety set push out a full one'),
      ...at(
        'integration/nothing-lost',
        'a database that is suddenly tiny or empty is backed up with a warning, and pushes no full backup out',
      ),
    ],
  },
  {
    number: 7,
    when: 'A file changes after it was published: a flip, a cut, more at its end, zeros, an older one in its place',
    shown: 'Verify says which file and both checksums; restore refuses before any SQL.',
    proofs: [
      ...at(
        'faults/flips',
        'anywhere in a set keeps it from verifying and from being restored, and the file is named',
      ),
      ...at(
        'faults/cuts',
        'at random bytes neither verifies nor restores, with its metadata, with none, and with such as vouches for it (format: %s)',
      ),
      ...at(
        'integration/refusals',
        'a file that is damaged or another, and rows that are not those of the metadata',
      ),
      ...at(
        'unit/operations/read-backup',
        'refuses %s data with %s behind its end, whatever its metadata says',
      ),
    ],
  },
  {
    number: 8,
    when: 'A file changes between the check and its use',
    shown: 'The checksum of the very bytes that were loaded differs: no swap, the shadow goes.',
    proofs: [
      ...at('faults/cuts', 'between its check and its load is not swapped in'),
      ...at('integration/refusals', 'a file that changes between the check and its use'),
      ...at(
        'integration/deep-verification',
        'fails where another file takes the place of the checked one before it is loaded',
      ),
    ],
  },
  {
    number: 9,
    when: 'Metadata is missing, cut, of an unknown version, with other types, or huge',
    shown:
      'The set is listed as unverifiable with the reason; it is not restored, not counted, not rotated away.',
    proofs: [
      ...at(
        'faults/flips',
        'in the metadata is found wherever it is',
        'in the %s keeps rotation from counting the set and from removing it',
      ),
      ...at(
        'unit/store/list-sets',
        'where it %s',
        'where its metadata lies on a bad block or may not be read, and the others are listed',
      ),
      ...at(
        'unit/core/retention',
        'never removes a pinned set, nor one that cannot be verified or does not verify',
      ),
    ],
  },
  {
    number: 10,
    when: 'A statement of the restore fails',
    shown: "The server's message and the line; the live database is the same, the shadow is gone.",
    proofs: [
      ...at(
        'integration/refusals',
        "SQL that fails in the middle, behind the large objects, says its line and the server's words",
      ),
      ...at(
        'integration/embedded',
        'loads rows from COPY, leaves owners out where asked, and stops at the first error',
      ),
    ],
  },
  {
    number: 11,
    when: 'The input of psql ends early, also at a line end or inside COPY',
    shown: 'It is never a success; the live database is the same.',
    proofs: [
      ...at(
        'faults/cuts',
        'at any line end neither verifies nor restores, even where its metadata vouches for it (format: %s)',
      ),
      ...at(
        'faults/nth-failure-lost-answers',
        'a conversation of which nothing more is heard ends, and changes nothing',
      ),
      ...at(
        'integration/deep-verification',
        'fails where the compressed file is cut between the check and the load, as a restore does',
      ),
    ],
  },
  {
    number: 12,
    when: 'The server restarts or dies in a restore, a verify or the swap',
    shown:
      'The live database is the old or the new one, never neither; what is left over goes with the next command.',
    proofs: [
      ...at('faults/kill-loop', '$nth: $kill.name in $operation'),
      ...at(
        'faults/nth-failure-lost-answers',
        'a swap whose answer is lost is asked for, and told as done',
        'a swap that nobody can be asked about is told as not known, and both databases are there',
      ),
      ...at(
        'integration/time-and-loss',
        'a load whose session the server ends says that the server went away',
      ),
      ...at('faults/full-server-disk', 'has its live database when there is room again'),
    ],
  },
  {
    number: 13,
    when: 'A failure after the large objects were loaded',
    shown: 'The live database has its large objects: nothing is ever loaded into it.',
    proofs: [
      ...at(
        'integration/refusals',
        "SQL that fails in the middle, behind the large objects, says its line and the server's words",
      ),
    ],
  },
  {
    number: 14,
    when: 'The target has newer tables, views on old ones, other rows',
    shown: 'The result is the backup exactly: nothing more, nothing twice.',
    proofs: [
      ...at('integration/awkward-round-trip', 'a restore undoes whatever was changed, kept or dropped since'),
    ],
  },
  {
    number: 15,
    when: 'A pool reconnects all the time during a swap',
    shown: 'The swap is done within its limit, or refused and connections are allowed again.',
    proofs: [
      ...at(
        'faults/eager-clients',
        'each of ${swaps} swaps is done within its limit or refused, and all read the right database',
      ),
      ...at('integration/swap', 'again and again under 6 clients that reconnect at once'),
      ...at(
        'integration/swap-faults',
        'a session that does not end within 2 seconds ends the swap, and the database is open again',
      ),
    ],
  },
  {
    number: 16,
    when: 'A prepared transaction, an active slot or a subscription on the live database',
    shown: 'It is refused before the long work starts, by its name.',
    proofs: [
      ...at('integration/refusals', 'a live database with a %s'),
      ...at('integration/swap', 'a prepared transaction made after the check leaves all as it was'),
    ],
  },
  {
    number: 17,
    when: 'A backup of another database, container or server is to be restored',
    shown: 'It is refused without the explicit word for it, and shows both identities.',
    proofs: [
      ...at(
        'integration/refusals',
        "production, the server's own database, another cluster, a taken name, no or a wrong confirmation",
      ),
      ...at(
        'faults/nth-failure-lost-answers',
        "an engine of which Docker's client does not say where it is could be another machine's: nothing is changed",
      ),
    ],
  },
  {
    number: 18,
    when: 'The backup before a clear fails, or is not proven',
    shown: 'The clear does not start.',
    proofs: [
      ...at(
        'faults/full-backup-disk',
        'a compressed backup, a clear and a restore do not go on where their backup finds the disk full',
      ),
      ...at(
        'unit/store/publish',
        'refuses what a disk read back otherwise, though it wrote it without a word',
      ),
      ...at('integration/time-and-loss', 'a table that stays locked ends the backup in the limit for locks'),
    ],
  },
  {
    number: 19,
    when: 'A clear is stopped half-way',
    shown: 'All or nothing; the backup that was made for it stays.',
    proofs: [
      ...at('faults/kill-loop', '$nth: $kill.name in $operation'),
      ...at('faults/full-server-disk', '$name while $phase, with $left kB left: all or nothing'),
      ...at('e2e/signals', '$kind during $operation'),
      ...at('integration/swap', 'a lock on the database ends the swap soon, and the database is open again'),
    ],
  },
  {
    number: 20,
    when: 'Two backups in the same second, fifty at once',
    shown: 'Each that succeeds has its own id and files; the others are told that it is busy.',
    proofs: [
      ...at(
        'faults/time',
        'gives many backups within one second an id and a number each',
        'get an id and files each, or are told that another is at work',
      ),
      ...at('unit/store/folder-store', 'waits for the next second where this one is taken'),
      ...at('e2e/bad-input', 'two operations at once: the second is told, the first is done'),
    ],
  },
  {
    number: 21,
    when: 'Backup, cleanup, verify, list and restore at the same time',
    shown: 'No reader misses a file; at the end there is what the rule says.',
    proofs: [
      ...at(
        'faults/eight-processes',
        'end with success or busy for ${seconds} s, no reader misses a file, and the rule holds at the end',
      ),
      ...at('faults/two-clones', '$nth: $kill.name of clone $killed leaves the other one at work'),
      ...at('integration/looking', 'previews answer while a backup has the folder'),
    ],
  },
  {
    number: 22,
    when: 'The owner of a lock is killed; its process number is used again',
    shown: 'The lock is free at once, because it is the operating system’s; a living one is never taken.',
    proofs: [
      ...at(
        'unit/store/lock-races',
        'get it one at a time where its owner is killed under them, ${killed} times',
      ),
      ...at(
        'unit/store/lock',
        'is refused to a second process, which is told who has it',
        'goes at once to the next when its owner was killed, who is named',
        'is free, whatever its note says of a process that lives and took the number of the dead one',
      ),
    ],
  },
  {
    number: 23,
    when: 'The clock goes back, DST comes or goes, a leap day, the year 2038',
    shown: 'The order is by sequence; the newest is never removed.',
    proofs: [
      ...at('faults/time', 'changes neither their order nor which of them rotation keeps'),
      ...at(
        'faults/time-shown',
        'by %s makes no backup older than new in lists',
        'by %s makes no backup older than new in the menu',
      ),
      ...at('faults/time-waits', 'goes on although the clock is set a day forward'),
      ...at(
        'unit/store/folder-store',
        'gives each backup the next number, so that a clock set back changes no order',
      ),
    ],
    short: 'there is no scheduler yet, so nothing shows that a schedule fires once.',
  },
  {
    number: 24,
    when: 'The last runs were bad, the rule is lowered, the metadata of the newest is damaged',
    shown: 'The last good one stays; what is shown beforehand is what goes; metadata goes before data.',
    proofs: [
      ...at(
        'faults/rotation-properties',
        'keeps the newest that verifies, what is pinned or needed, and everything that is not its own',
        'removes the very sets that its dry run shows, of every database',
      ),
      ...at(
        'unit/core/rotate',
        'removes nothing where only the oldest verifies',
        'lets an older good set stay for one that does not verify',
        'shows the same sets beforehand that then go',
      ),
      ...at('unit/store/folder-store', 'takes the metadata first and makes that last before the data goes'),
    ],
  },
  {
    number: 25,
    when: 'Hostile ids and files in the folder',
    shown: 'They are refused; nothing outside the folder is read or written.',
    proofs: [
      ...at(
        'faults/hostile-names',
        'of a database go round: %j',
        'of tables, schemas and columns go round, and nothing raw of them reaches a terminal',
      ),
      ...at('e2e/bad-input', 'hostile names of backups'),
      ...at('unit/store/folder-store', 'keeps odd names inside the folder'),
    ],
  },
  {
    number: 26,
    when: 'A hostile or foreign dump',
    shown: 'No shell, no other database, no file of the host.',
    proofs: [
      ...at(
        'faults/hostile-dumps',
        'that hides a command behind %s is refused',
        'that the scanner passes is read by the psql of postgres:%s statement for statement as we read it',
        'whose function changes in the middle how psql reads strings runs no command of psql',
      ),
      ...at('integration/refusals', 'what no dump needs, planted in a set whose metadata vouches for it'),
      ...at(
        'unit/core/dump/forbidden',
        'names the first line of the first finding, for every way to cut the dump into chunks',
      ),
    ],
    short:
      'a deep verification loads as the role that the tool connects as, not as one without the right to run programs.',
  },
  {
    number: 27,
    when: 'Bytes that are easily changed on the way',
    shown: 'Digests of every table are equal after a restore.',
    proofs: [
      ...at(
        'integration/awkward-round-trip',
        'a backup is byte for byte what pg_dump writes in the container, but for its key',
        'a clear keeps all but the rows, and undo brings those back',
        'a restore beside, and one where the live database is gone',
      ),
    ],
  },
  {
    number: 28,
    when: 'A role, an extension, a tablespace, an encoding that is missing',
    shown: 'The list of what is missing comes before any SQL; leaving owners out is offered, never silent.',
    proofs: [
      ...at(
        'integration/refusals',
        'what the server lacks is listed before any SQL; roles are made on demand',
        'an encoding, a locale or a path for names that the dump needs and the server has not',
      ),
      ...at('integration/nothing-lost', 'a restore without the roles it names leaves owners and grants out'),
    ],
  },
  {
    number: 29,
    when: 'A lock is held, psql or docker hangs, something of ours is left in the container',
    shown: 'A time limit; sessions of ours are ended, and nobody else’s.',
    proofs: [
      ...at(
        'faults/nth-failure-lost-answers',
        'a conversation of which nothing more is heard ends, and changes nothing',
      ),
      ...at(
        'faults/kill-loop',
        'an undo point that was being looked into is closed again by the next command',
      ),
      ...at(
        'integration/time-and-loss',
        'a backup beyond its time limit is given up (format: %s)',
        'a table that stays locked ends the backup in the limit for locks',
      ),
      ...at('integration/leftovers', 'sessions of a dead operation are ended, others are not'),
    ],
  },
  {
    number: 30,
    when: 'A secret in every input',
    shown: 'It is in no argument list, log, metadata, error or screen; files are 0600, folders 0700.',
    proofs: [
      ...at(
        'faults/canary',
        'is in no argument of a process, no file, no text and no JSON of any command that succeeds',
        'is on no screen: not in the questions of a command, nor in any frame of the menu',
        'is in no error text, whatever goes wrong',
      ),
      ...at('e2e/bad-input', 'the umask does not matter'),
    ],
  },
];
