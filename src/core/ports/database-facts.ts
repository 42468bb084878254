import type { DatabaseSettings } from '../manifest.ts';

export interface TableName {
  schema: string;
  name: string;
}

export interface TableRows extends TableName {
  rows: number;
}

export interface TableFacts extends TableName {
  columns: string[];
  /** The statistics' estimate; null where the table was never analysed. */
  estimatedRows: number | null;
  sizeBytes: number;
  /** The extension that owns the table, and whether a dump carries its rows. */
  extension: { name: string; dumped: boolean } | null;
}

/** A table with the exact count of its rows. */
export interface CountedTable extends TableFacts {
  rows: number;
}

export interface MovedSequence extends TableName {
  ownedBy: TableName | null;
}

/** Everything about a live database that an operation asks before it acts. */
export interface DatabaseFacts {
  name: string;
  oid: number;
  sizeBytes: number;
  sessions: number;
  /** Pages that its tables have by the server's statistics, those beside them for long values too; 0 where never gathered. */
  tablePages: number;
  tables: TableFacts[];
  schemas: string[];
  /** Roles that objects of the database name: owners, grantees, policies. */
  roles: string[];
  extensions: { name: string; version: string }[];
  tablespaces: string[];
  settings: DatabaseSettings;
  /** What a swap would damage (FAULTS F42), each as a person would name it. */
  obstacles: string[];
  invalidIndexes: string[];
  largeObjects: number;
  /** Everything that somebody made in it: tables, types, functions, schemas, extensions. */
  userObjects: number;
}

export interface ServerFacts {
  version: string;
  /** Names the cluster: a copy of the volume keeps it, a new volume has another. */
  systemIdentifier: string;
  roles: string[];
  tablespaces: string[];
  extensions: { name: string; versions: string[] }[];
}

/** The database that a swap put aside, whole and one rename away. */
export interface UndoPoint {
  name: string;
  oid: number;
  sizeBytes: number;
  /** UTC, by the server's clock. */
  at: string;
  /** What put it aside. */
  operation: 'restore' | 'clear' | 'undo';
  /** The verified backup that is known to hold all that is in it, if there is one: without one nothing drops it. */
  backupId: string | null;
}

export interface TargetStatus {
  /** As the engine calls it: running, exited, paused …; `embedded` where no engine is asked. */
  state: string;
  image: string | null;
  serverVersion: string;
  exists: boolean;
  sizeBytes: number;
  sessions: number;
  tables: TableFacts[];
  undoPoint: UndoPoint | null;
  /** Databases that an interrupted operation left, none of them held by a running one. */
  leftovers: string[];
}
