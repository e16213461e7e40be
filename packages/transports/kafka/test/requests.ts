import { createEnvelope, DeadlineExceeded, systemClock, systemRandom } from '@rookery/core';
import type { Party } from './party.js';

/** Answers each request with its own body. */
export function serve({ transport }: Party, service: string): void {
  transport.serve(service, ({ body }, _credit, responder) => {
    responder.reply(body, true);
    return { credit() {}, cancel() {} };
  });
}

/** Resolves with the answer; rejects with what the transport says, or that there was no answer in time. */
export function ask({ transport }: Party, service: string, body: string, timeout: number): Promise<unknown> {
  const envelope = createEnvelope({ id: systemRandom.token(8), pattern: 'echo', timeout });
  return new Promise((resolve, reject) => {
    const call = transport.request({ service }, { envelope, body }, 1, {
      reply: (answer) => end(() => resolve(answer)),
      fail: (failure) => end(() => reject(new Error(failure))),
      lost: (error) => end(() => reject(error)),
    });
    const timer = systemClock.after(timeout, () => {
      call.cancel('deadline');
      reject(new DeadlineExceeded('no answer in time'));
    });
    function end(how: () => void): void {
      timer.cancel();
      how();
    }
  });
}
