import { attributeHeader, attributeOf, RECORD_OPTIONS_HEADER, type Headers } from '@rookery/core';
import { attributeText } from './attribute-value.js';

/** A table of AMQP, as amqplib gives and takes it. */
export type Table = Record<string, unknown>;

/** Names that a message on a RabbitMQ has for other purposes: Rookery's own, CloudEvents', the broker's. */
const TAKEN =
  /^(rookery-|cloudEvents[_:]|x-(death|first-death-|last-death-|delivery-count|acquired-count|received-from|opt-|stream-)|B?CC$|__proto__$|nest-record-options$)/;

/** Names that were found to be no application's, as many as are kept: with the prefix of CloudEvents, of which there is one, and without. */
const MOST_KEPT = 100;
const oursWithPrefix = new Set<string>();
const oursPlain = new Set<string>();

/** The application's headers whose names are taken, as JSON. */
const OTHERS = 'rookery-headers';

/**
 * Writes the application's headers among the others, each under its own name.
 *
 * @param prefix of CloudEvents' attributes, for those that stand for one
 */
export function writeHeaders(table: Table, headers: Headers | undefined, prefix?: string): void {
  if (!headers) return;
  let others: [string, string][] | undefined;
  let plain = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (name === RECORD_OPTIONS_HEADER) continue;
    const attribute = prefix === undefined ? undefined : attributeOf(name, value);
    if (attribute !== undefined) {
      table[`${prefix}${attribute}`] = value;
      plain++;
    } else if (TAKEN.test(name) || name === '') (others ??= []).push([name, value]);
    else {
      table[name] = value;
      plain++;
    }
  }
  if (others ?? plain === 0) table[OTHERS] = JSON.stringify(Object.fromEntries(others ?? []));
}

/** Gives back what {@link writeHeaders} was given; what others sent that is no text becomes text. */
export function readHeaders(table: Table, prefix?: string): Headers | undefined {
  const entries: [string, string][] = [];
  for (const name of Object.keys(table)) {
    if (isOurs(name, prefix)) continue;
    const value = table[name];
    if (!TAKEN.test(name)) entries.push([name, typeof value === 'string' ? value : JSON.stringify(value)]);
    else if (prefix !== undefined && name.startsWith(prefix)) {
      const header = attributeHeader(name.slice(prefix.length));
      if (header !== undefined) entries.push([header, attributeText(value) ?? '']);
    }
  }
  const others = table[OTHERS];
  if (typeof others === 'string') entries.push(...Object.entries(parsed(others)));
  else if (entries.length === 0) return undefined;
  return Object.fromEntries(entries); // unlike an assignment, it makes a plain property even of __proto__
}

/** Whether a header is none of the application's, nor stands for one. Every message has a few such names, and the same ones. */
function isOurs(name: string, prefix: string | undefined): boolean {
  const ours = prefix === undefined ? oursPlain : oursWithPrefix;
  if (ours.has(name)) return true;
  if (!TAKEN.test(name)) return false;
  if (prefix !== undefined && name.startsWith(prefix) && attributeHeader(name.slice(prefix.length)))
    return false;
  if (ours.size < MOST_KEPT) ours.add(name);
  return true;
}

function parsed(json: string): Record<string, string> {
  try {
    return (JSON.parse(json) as Record<string, string> | null) ?? {};
  } catch {
    return {}; // somebody else's
  }
}
