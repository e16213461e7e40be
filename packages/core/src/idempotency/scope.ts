import { createHash } from 'node:crypto';
import { callerOf, type AdmittedRun } from '../admission/admitted-run.js';
import type { Body } from '../envelope/envelope.js';

/**
 * What makes two requests with one key the same: the service that calls, on whose behalf it does so, the tenant, the
 * pattern and the key. One tenant never gets the answer of another.
 */
export function scopeOf(run: AdmittedRun, key: string): string {
  const { pattern, caller, tenant } = run.context.envelope;
  return JSON.stringify([callerOf(run), caller ?? null, tenant ?? null, pattern, key]);
}

/** Tells bodies apart: byte by byte, so that JSON with its members in another order is another body. */
export function fingerprintOf(body: Body): string {
  if (body === undefined) return 'none';
  const kind = typeof body === 'string' ? 'text' : 'bytes';
  return `${kind} ${createHash('sha256').update(body).digest('base64')}`;
}
