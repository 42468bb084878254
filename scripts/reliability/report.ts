/** What the last long runs of the fault suite (`make soak`) did and found, file by file. */
export type SoakReport = {
  /** The file of tests. */
  file: string;
  /** Its day, as YYYY-MM-DD. */
  day: string;
  /** The one that was tried, in short. */
  commit: string;
  /** What its chances came from: it repeats them. */
  seed: string;
  minutes: number;
  machine: string;
  passed: number;
  failed: number;
  skipped: number;
  figures: { name: string; value: string }[];
}[];

/** What the last runs of mutation testing (`npm run mutation`) found, module by module. */
export type MutationReport = {
  name: string;
  /** Changes to the code that tests reach. */
  changes: number;
  /** Those that made a test fail, or run without end. */
  noticed: number;
  /** When it was tried, as YYYY-MM-DD, and as of which commit. */
  day: string;
  commit: string;
}[];
