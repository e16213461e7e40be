import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { systemClock } from '@rookery/core';

/** A certificate and its key, as PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateFields {
  readonly cn?: string;
  readonly dns?: readonly string[];
  readonly uris?: readonly string[];
  /** IPv4 addresses. */
  readonly ips?: readonly string[];
  /** Days from now; below 0 it has expired. */
  readonly days?: number;
}

/** Makes certificates, for one test run: nothing of it is on disk or in the repository. */
export class Authority {
  readonly cert: string;
  readonly #name: Buffer;
  readonly #keys = pair();

  constructor(cn = 'test authority') {
    this.#name = nameOf(cn);
    const basic = extension('2.5.29.19', sequence(tlv(0x01, Buffer.from([0xff]))), true);
    this.cert = certificate(this.#name, this.#keys, this.#name, this.#keys.publicKey, 10, [basic]);
  }

  issue({ cn, dns = [], uris = [], ips = [], days = 10 }: CertificateFields): Certified {
    const keys = pair();
    const names = [
      ...dns.map((name) => tlv(0x82, Buffer.from(name, 'latin1'))),
      ...uris.map((name) => tlv(0x86, Buffer.from(name, 'latin1'))),
      ...ips.map((ip) => tlv(0x87, Buffer.from(ip.split('.').map(Number)))),
    ];
    const extensions = names.length === 0 ? [] : [extension('2.5.29.17', sequence(...names), false)];
    const subject = cn === undefined ? sequence() : nameOf(cn);
    const cert = certificate(this.#name, this.#keys, subject, keys.publicKey, days, extensions);
    return { cert, key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  }
}

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function pair(): Pair {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
}

function certificate(
  issuer: Buffer,
  signer: Pair,
  subject: Buffer,
  key: KeyObject,
  days: number,
  extensions: readonly Buffer[],
): string {
  const algorithm = sequence(identifier('1.2.840.10045.4.3.2')); // ECDSA with SHA-256
  const now = systemClock.epoch();
  const spki = key.export({ type: 'spki', format: 'der' });
  const serial = createHash('sha256').update(spki).digest().subarray(0, 15);
  const day = 24 * 60 * 60 * 1000;
  const end = now + days * day;
  const signed = sequence(
    tlv(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), serial])),
    algorithm,
    issuer,
    sequence(time(Math.min(now, end) - day), time(end)),
    subject,
    spki,
    ...(extensions.length === 0 ? [] : [tlv(0xa3, sequence(...extensions))]),
  );
  const signature = sign('sha256', signed, signer.privateKey);
  const der = sequence(signed, algorithm, tlv(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

// DER, as much of it as certificates need.

function tlv(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

function sequence(...parts: Uint8Array[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

function integer(bytes: Uint8Array): Buffer {
  return tlv(0x02, bytes);
}

function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tlv(0x06, Buffer.from(bytes));
}

function nameOf(cn: string): Buffer {
  return sequence(tlv(0x31, sequence(identifier('2.5.4.3'), tlv(0x0c, Buffer.from(cn)))));
}

function extension(id: string, value: Buffer, critical: boolean): Buffer {
  return sequence(identifier(id), ...(critical ? [tlv(0x01, Buffer.from([0xff]))] : []), tlv(0x04, value));
}

function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return tlv(0x18, Buffer.from(text));
}
