/** What is beyond both of these is not the noise of an estimate any more. */
const tolerance = { share: 0.15, seconds: 1 };
/** For how long it has to be so before the time left is raised. */
const doubtSeconds = 2;
/** Within this time what is shown comes down to what is reckoned. */
const downSeconds = 0.5;

/**
 * The time left as a person is shown it, from what is reckoned at each look. What does not move backwards is the share of
 * the work that is done; the time left is an estimate that may turn out wrong, and then saying so is the truth. So it
 * counts down as time goes by, comes down faster where less is left than was said, and stands still where a little more
 * is. It is raised only where much more has been left than it says for two seconds on end, and then at once.
 */
export function steadied(): (at: number, reckoned: number | undefined) => number | undefined {
  let shown: { at: number; left: number } | undefined;
  let tooLittleSince: number | undefined;
  return (at, reckoned) => {
    if (reckoned === undefined) return undefined;
    if (shown === undefined) shown = { at, left: reckoned };
    const passed = Math.max(0, at - shown.at);
    const counted = Math.max(0, shown.left - passed);
    let left = counted;
    if (reckoned < counted) left = counted - (counted - reckoned) * Math.min(1, passed / downSeconds);
    else left = Math.min(shown.left, reckoned);
    const muchMore = reckoned > left * (1 + tolerance.share) && reckoned > left + tolerance.seconds;
    tooLittleSince = muchMore ? (tooLittleSince ?? at) : undefined;
    if (tooLittleSince !== undefined && at - tooLittleSince >= doubtSeconds) {
      left = reckoned;
      tooLittleSince = undefined;
    }
    shown = { at, left };
    return left;
  };
}
