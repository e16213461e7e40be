import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestCase, TestModule, TestProject, Vitest } from 'vitest/node';
import type { Skip, Tally } from './tally.ts';

/**
 * Writes a Tally as JSON to the file that ROOKERY_TALLY names. Counted as failures beside the tests that failed:
 * a file that did not load, an error outside any test, a project without a test, a skip without a reason.
 */
export default class TallyReporter implements Reporter {
  #projects: readonly TestProject[] = [];

  onInit(vitest: Vitest): void {
    this.#projects = vitest.projects;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const file = process.env['ROOKERY_TALLY'];
    if (file) writeFileSync(file, JSON.stringify(this.#tally(modules, unhandled)));
  }

  #tally(modules: readonly TestModule[], unhandled: readonly SerializedError[]): Tally {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const skips: Skip[] = [];
    const failures = unhandled.map((error) => `outside any test: ${error.message}`);
    let passed = 0;

    for (const project of this.#projects) {
      if (!tests.some((test) => test.project === project)) failures.push(`${project.name}: ran no tests`);
    }
    for (const module of modules) {
      for (const error of module.errors()) failures.push(`${module.moduleId}: ${error.message}`);
      for (const suite of module.children.allSuites()) {
        for (const error of suite.errors()) failures.push(`${suite.fullName}: ${error.message}`);
      }
    }
    for (const test of tests) {
      const result = test.result();
      if (result.state === 'passed') passed += 1;
      else if (result.state === 'skipped' && result.note)
        skips.push({ test: title(test), reason: result.note });
      else
        failures.push(
          `${title(test)}: ${result.state === 'failed' ? 'failed' : `${result.state} without a reason`}`,
        );
    }
    return { passed, failures, skips };
  }
}

function title(test: TestCase): string {
  return `${test.project.name} > ${test.fullName}`;
}
