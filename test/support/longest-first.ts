import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The kinds of tests, those whose files take longest first. */
const kinds = ['faults', 'e2e', 'integration', 'tui', 'unit'];

/**
 * Starts the long files first: of a clean clone vitest knows no durations and goes by size, and one long file alone at the end keeps
 * all other workers waiting.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number =>
      kinds.findIndex((kind) => moduleId.includes(`/test/${kind}/`));
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
