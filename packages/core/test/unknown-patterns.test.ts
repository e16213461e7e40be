import { describe, expect, test } from 'vitest';
import { LONGEST_SHOWN, MAX_COMPARED, shown, UnknownPatterns } from '../src/server/unknown-patterns.js';

describe('unknown patterns', () => {
  test('are compared with the known ones once each', () => {
    let looked = 0;
    const unknown = new UnknownPatterns(() => {
      looked++;
      return ['user.get'];
    });
    for (let round = 0; round < 3; round++) expect(unknown.hint('user.gte')).toBe('; did you mean user.get?');
    expect(looked).toBe(1);
    unknown.forget();
    expect(unknown.hint('user.gte')).toBe('; did you mean user.get?');
    expect(looked).toBe(2);
  });

  test('that are all different stop being compared, as those do that are very long', () => {
    let looked = 0;
    const unknown = new UnknownPatterns(() => {
      looked++;
      return ['user.get'];
    });
    unknown.hint('x'.repeat(LONGEST_SHOWN + 1));
    expect(looked).toBe(0);
    for (let index = 0; index < 2 * MAX_COMPARED; index++) unknown.hint(`flood.${index}`);
    expect(looked).toBe(MAX_COMPARED);
  });

  test('that are very long are cut for people', () => {
    expect(shown('x'.repeat(LONGEST_SHOWN))).toBe('x'.repeat(LONGEST_SHOWN));
    expect(shown('x'.repeat(100_000))).toBe(`${'x'.repeat(LONGEST_SHOWN)}…`);
  });
});
