import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import { shownBy, type Shown } from './shown.ts';

/**
 * Writes what the conformance suite has shown as JSON to the file that ROOKERY_GUARANTEES names: nothing of a case that failed, or that was
 * skipped for want of a broker.
 */
export default class GuaranteesReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const file = process.env['ROOKERY_GUARANTEES'];
    if (!file) return;
    const all: Shown[] = [];
    for (const test of modules.flatMap((module) => [...module.children.allTests()])) {
      const shown = test.parent.type === 'suite' && shownBy(test.parent.name, test.name);
      if (!shown) continue;
      const result = test.result();
      const so =
        shown.notHere === undefined
          ? result.state === 'passed'
          : result.state === 'skipped' && result.note === shown.notHere;
      if (so) all.push(shown);
    }
    writeFileSync(file, JSON.stringify(all));
  }
}
