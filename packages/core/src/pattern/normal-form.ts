import { ConfigurationError } from '../errors/conditions.js';

/** A pattern as Nest's decorators and clients take it: text, a number, or an object. */
export type Pattern = string | number | object;

const MAX_DEPTH = 5;
const MAX_KEYS = 20;

/**
 * The normal form of a pattern: text and numbers as they are, objects (also given as their JSON text, which Nest's
 * servers parse) as JSON with sorted keys, the same text that Nest's `transformPatternToRoute` makes. Where Nest puts a
 * placeholder (deeper than 5, more than 20 keys), and so lets different patterns collide, this throws.
 *
 * @throws ConfigurationError when it is not a pattern
 * @see https://github.com/nestjs/nest/blob/master/packages/microservices/utils/transform-pattern.utils.ts
 */
export function normalPattern(pattern: unknown): string {
  if (typeof pattern === 'string') return pattern.startsWith('{') ? normalText(pattern) : pattern;
  if (typeof pattern === 'number') return String(pattern);
  if (typeof pattern === 'object' && pattern !== null) return normalObject(pattern, 0);
  throw new ConfigurationError(`a pattern is text, a number or an object, not ${String(pattern)}`);
}

function normalText(pattern: string): string {
  let parsed: object;
  try {
    parsed = JSON.parse(pattern) as object;
  } catch {
    return pattern;
  }
  return normalObject(parsed, 0);
}

function normalObject(pattern: object, depth: number): string {
  if (depth > MAX_DEPTH)
    throw new ConfigurationError(`an object pattern nests at most ${MAX_DEPTH} objects deep`);
  const keys = Object.keys(pattern);
  if (keys.length > MAX_KEYS) throw new ConfigurationError(`a pattern has at most ${MAX_KEYS} keys`);
  if (keys.length > 1) keys.sort((a, b) => a.localeCompare(b));
  let text = '{';
  for (const key of keys) {
    if (text.length > 1) text += ',';
    text += `"${escape(key)}":${normalPart((pattern as Record<string, unknown>)[key], depth + 1)}`;
  }
  return text + '}';
}

function normalPart(value: unknown, depth: number): string {
  if (typeof value === 'string') return `"${escape(value)}"`;
  if (typeof value === 'object' && value !== null) return normalObject(value, depth);
  return String(value);
}

function escape(text: string): string {
  return text.includes('\\') || text.includes('"') ? text.replace(/\\/g, '\\\\').replace(/"/g, '\\"') : text;
}
