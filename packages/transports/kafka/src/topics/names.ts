import { createHash } from 'node:crypto';

/** Kafka takes no longer name. */
const LONGEST = 249;
/** How much of a pattern that is too long stays readable. */
const READABLE = 180;

/** Beginning of the topics that are Rookery's own. */
const OWN = 'rookery.';

/**
 * The topic of an event's pattern. Letters, digits and dots stay, `-` is doubled, every other byte is `-` and two hexadecimal
 * digits; so no two patterns share a topic, none has the name of a topic of Rookery's own, and none has the `_` that Kafka
 * takes for a dot in the names of its metrics. What is too long ends in `-x` and a hash.
 */
export function topicOf(pattern: string): string {
  let topic = escape(pattern);
  if (topic.startsWith(OWN)) topic = `rookery-2e${topic.slice(OWN.length)}`;
  else if (topic === '.' || topic === '..' || topic === '') topic = `-${topic.length}`;
  if (topic.length <= LONGEST) return topic;
  const hash = createHash('sha256').update(pattern).digest('hex').slice(0, 40);
  return `${topic.slice(0, READABLE).replace(/-[0-9a-f]?$/, '')}-x${hash}`;
}

/** The pattern of a topic; `undefined` when no pattern has such a topic, or its name was too long to keep it. */
export function patternOf(topic: string): string | undefined {
  const dots = /^-([012])$/.exec(topic);
  if (dots) return '.'.repeat(Number(dots[1]));
  const bytes: number[] = [];
  for (let at = 0; at < topic.length; at++) {
    const character = topic.charAt(at);
    if (/[A-Za-z0-9.]/.test(character)) bytes.push(character.charCodeAt(0));
    else if (character !== '-') return undefined;
    else if (topic[at + 1] === '-') {
      bytes.push(0x2d);
      at++;
    } else {
      const hex = topic.slice(at + 1, at + 3);
      if (!/^[0-9a-f]{2}$/.test(hex)) return undefined;
      bytes.push(parseInt(hex, 16));
      at += 2;
    }
  }
  return topic.startsWith(OWN) ? undefined : Buffer.from(bytes).toString('utf8');
}

/** Where the requests for a service go. */
export function requestsTopic(service: string): string {
  return `${OWN}${escape(service)}.requests`;
}

/** Whether a topic is one of {@link requestsTopic}. */
export function isRequests(topic: string): boolean {
  return topic.startsWith(OWN) && topic.endsWith('.requests');
}

/** Where events go that are for one service only. */
export function inboxTopic(service: string): string {
  return `${OWN}${escape(service)}.events`;
}

/** Where a service keeps what it is to try again after `tier` milliseconds or more. */
export function retryTopic(service: string, tier: number): string {
  return `${OWN}${escape(service)}.retry.${tier}`;
}

/** Whether a topic is one of {@link retryTopic}. */
export function isRetries(topic: string): boolean {
  return topic.startsWith(OWN) && /\.retry\.\d+$/.test(topic);
}

/** Where a service keeps what has become of its dead letters. */
export function deadLettersTopic(service: string): string {
  return `${OWN}${escape(service)}.dead-letters`;
}

/** Whether a topic is one of {@link deadLettersTopic}. */
export function isDeadLetters(topic: string): boolean {
  return topic.startsWith(OWN) && topic.endsWith('.dead-letters');
}

/** Where everything goes that is for one replica or one caller. */
export const REPLIES = `${OWN}replies`;

function escape(name: string): string {
  return [...Buffer.from(name, 'utf8')].map(escapeByte).join('');
}

function escapeByte(byte: number): string {
  const character = String.fromCharCode(byte);
  if (/[A-Za-z0-9.]/.test(character)) return character;
  return character === '-' ? '--' : `-${byte.toString(16).padStart(2, '0')}`;
}
