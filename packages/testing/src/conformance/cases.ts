import { bodyCases } from './cases/bodies.js';
import { cancelCases } from './cases/cancels.js';
import { contextCases } from './cases/context.js';
import { crashCases } from './cases/crashes.js';
import { deadLetterCases } from './cases/dead-letters.js';
import { keptLetterCases } from './cases/kept-letters.js';
import { deadlineCases } from './cases/deadlines.js';
import { encodingLossCases } from './cases/encoding-loss.js';
import { errorCases } from './cases/errors.js';
import { eventCases } from './cases/events.js';
import { fencingCases } from './cases/fencing.js';
import { malformedCases } from './cases/malformed.js';
import { orderingCases } from './cases/ordering.js';
import { overloadCases } from './cases/overload.js';
import { parkingCases } from './cases/parking.js';
import { recoverabilityCases } from './cases/recoverability.js';
import { recoveryCases } from './cases/recovery.js';
import { requestCases } from './cases/requests.js';
import { shutdownCases } from './cases/shutdown.js';
import { streamEndCases } from './cases/stream-ends.js';
import { streamPaceCases } from './cases/stream-pace.js';
import { streamCases } from './cases/streams.js';
import { uploadEndCases } from './cases/upload-ends.js';
import { uploadCases } from './cases/uploads.js';
import type { ConformanceCase } from './conformance-case.js';

/** All cases, in the order in which a person who writes a transport gets them to pass. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...requestCases,
  ...bodyCases,
  ...encodingLossCases,
  ...errorCases,
  ...deadlineCases,
  ...cancelCases,
  ...streamCases,
  ...streamPaceCases,
  ...streamEndCases,
  ...uploadCases,
  ...uploadEndCases,
  ...eventCases,
  ...orderingCases,
  ...fencingCases,
  ...recoveryCases,
  ...recoverabilityCases,
  ...deadLetterCases,
  ...keptLetterCases,
  ...parkingCases,
  ...contextCases,
  ...shutdownCases,
  ...crashCases,
  ...overloadCases,
  ...malformedCases,
];
