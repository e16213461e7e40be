import { describe, test } from 'vitest';
import { systemRandom } from '@rookery/core';
import { memory } from '@rookery/memory';
import { conformance, type Subject } from '@rookery/testing';

const MAX_QUEUE = 500;

const subject: Subject = {
  name: 'memory',
  capabilities: {
    maxBody: 1_048_576,
    acceptance: 'memory',
    direct: false,
    wildcards: true,
    delay: true,
    deadLetters: false,
    uploads: true,
  },
  maxQueue: MAX_QUEUE,
  create() {
    const transport = memory({ bus: systemRandom.token(12), maxEvents: MAX_QUEUE });
    return { replica: () => transport, client: () => transport };
  },
};

conformance(subject, { describe, test });
