import { kafka } from '@rookery/kafka';
import type { Place } from '../../contender.js';
import { topics } from '../math-controllers.js';
import { serve } from '../rookery-broker/server.js';

export function startServer(place: Place): Promise<number> {
  return serve(place, topics(place.name), kafka({ brokers: place.broker }));
}
