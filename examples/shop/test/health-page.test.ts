import { describe, expect, it } from 'vitest';
import { healthPage } from '../src/gateway/health/health-page.js';
import type { CallError } from '../src/gateway/health/last-errors.js';
import type { ServiceHealth } from '../src/gateway/health/services.js';

const now = new Date('2026-11-21T16:00:00Z');
const well: ServiceHealth = { answer: 'ready', breaker: 'closed', inFlight: 0, lastErrors: [] };
const error: CallError = {
  pattern: 'payment.charge',
  name: 'Unavailable',
  message: 'the bank is closed',
  at: '2026-11-21T15:59:58.123Z',
  correlationId: 'order-1',
  times: 1,
};

describe('the health page', () => {
  it('says that all is well, and loads itself again', () => {
    const page = healthPage({ users: well, payments: well }, now);
    expect(page).toContain('<h1>The shop: all services are ready</h1>');
    expect(page).toContain('<meta http-equiv="refresh" content="2" />');
    expect(page).not.toContain('class="ill"');
  });

  it('says who is not ready, what the breaker does, and what failed', () => {
    const ill: ServiceHealth = { answer: 'UNAVAILABLE', breaker: 'open', inFlight: 7, lastErrors: [error] };
    const page = healthPage({ users: well, payments: ill }, now);
    expect(page).toContain('<h1>The shop: payments not ready</h1>');
    expect(page).toContain('<span class="ill">UNAVAILABLE</span>');
    expect(page).toContain('<span class="ill">open</span>');
    expect(page).toContain('<td>7</td>');
    expect(page).toContain('15:59:58 UTC');
    expect(page).toContain('Unavailable: the bank is closed');
  });

  it('shows what others have written as text', () => {
    const evil = `<script>alert("&'")</script>`;
    const lastErrors = [
      { ...error, pattern: evil, name: evil, message: evil, correlationId: evil, at: evil },
    ];
    const page = healthPage({ [evil]: { answer: evil, breaker: evil, inFlight: 0, lastErrors } }, now);
    expect(page).not.toContain('<script');
    expect(page).not.toContain('alert("');
    expect(page.match(/&#60;script&#62;alert\(&#34;&#38;&#39;&#34;\)/g)?.length).toBeGreaterThanOrEqual(8);
  });
});
