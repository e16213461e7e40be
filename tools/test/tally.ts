/** What one suite did. A suite that crashed or ran nothing says so in `failures`. */
export interface Tally {
  readonly passed: number;
  readonly failures: readonly string[];
  readonly skips: readonly Skip[];
}

export interface Skip {
  readonly test: string;
  readonly reason: string;
}

export const nothing: Tally = { passed: 0, failures: [], skips: [] };

export function add(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failures: [...a.failures, ...b.failures],
    skips: [...a.skips, ...b.skips],
  };
}

/** How the reason of a skip begins that a broker, or a client for one, is the matter of which this machine has none. */
const WITHOUT_BROKER = /^no (\w+ broker|Python clients) here/;

/** On CI every broker can be had: a test that was skipped without one has failed. */
export function requireBrokers({ passed, failures, skips }: Tally): Tally {
  const [without = [], others = []] = [true, false].map((lacks) =>
    skips.filter(({ reason }) => WITHOUT_BROKER.test(reason) === lacks),
  );
  const lines = describeSkips(without).map((line) => `on CI nothing may be ${line}`);
  return { passed, failures: [...failures, ...lines], skips: others };
}

/** A suite whose report is missing, empty, or at odds with its exit code has failed, whatever it printed. */
export function judge(suite: string, exitCode: number | null, report: Tally | undefined): Tally {
  const failed = (why: string): Tally =>
    add(report ?? nothing, { ...nothing, failures: [`${suite}: ${why}`] });
  if (!report) return failed(`ended with code ${String(exitCode)} and left no report`);
  if (report.passed + report.failures.length === 0) return failed('ran no tests');
  if (exitCode !== 0 && report.failures.length === 0) return failed(`ended with code ${String(exitCode)}`);
  return report;
}

/** Several skips with one reason are one line. */
export function describeSkips(skips: readonly Skip[]): string[] {
  const byReason = Map.groupBy(skips, (skip) => skip.reason);
  return [...byReason].map(([reason, { length, 0: first }]) =>
    length === 1 ? `skipped: ${first?.test ?? ''}: ${reason}` : `skipped ${length} tests: ${reason}`,
  );
}

export function lastLine({ passed, failures, skips }: Tally): string {
  const line = `${passed} passed, ${failures.length} failed`;
  return skips.length === 0 ? line : `${line}, ${skips.length} skipped`;
}
