/** What the last long run of the fault suite (`make soak`) did and found. */
export interface SoakReport {
  /** Its day, as YYYY-MM-DD. */
  day: string;
  minutes: number;
  machine: string;
  passed: number;
  failed: number;
  figures: { name: string; value: string }[];
}
