/** What is wrong and what to do, by the code of the error of `node:tls`. */
const REASONS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed; give its file, or its authority, as tls.ca',
  SELF_SIGNED_CERT_IN_CHAIN:
    'the certificate is of an authority that is not trusted; give the authority as tls.ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'the certificate is of an authority that is not trusted; give the authority as tls.ca',
  UNABLE_TO_GET_ISSUER_CERT:
    'the certificate is of an authority that is not trusted; give the authority as tls.ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'the certificate is of an authority that is not trusted; give the authority as tls.ca',
  CERT_SIGNATURE_FAILURE: 'the certificate is not signed by the authority that it names',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet; look at the clocks of both machines',
  INVALID_PURPOSE: 'the certificate is not for this purpose; its extended key usage has to allow it',
  ERR_TLS_CERT_ALTNAME_INVALID: '', // says it all itself
};

/** Why the certificate of the other side is not accepted; `undefined` for errors of another kind. */
export function certificateProblem(error: Error | undefined): string | undefined {
  const reason = REASONS[codeOf(error)];
  if (reason !== '') return reason;
  return `the certificate is for another name (${error?.message}); use a certificate for that name, or say tls.servername`;
}

/** OpenSSL's words for bytes that are no TLS; the code is another one when they come while something is written. */
const NO_TLS = /wrong version number|packet length too long|http request/;

const NONE_IN_COMMON =
  /unsupported protocol|alert protocol version|alert handshake failure|no protocols available/;

/** Why no TLS session came about, in words for whoever configures the two sides; `undefined` for errors of another kind. */
export function handshakeProblem(error: Error | undefined): string | undefined {
  const code = codeOf(error);
  if (!code.startsWith('ERR_SSL_') && code !== 'EPROTO') return undefined;
  const text = error?.message ?? '';
  if (NO_TLS.test(text)) return 'it does not speak TLS, but this side does; give both tls, or neither';
  return NONE_IN_COMMON.test(text) ? 'the two sides have no version of TLS in common' : undefined;
}

/** How the other side refuses this side's certificate, by OpenSSL's words for its alert. */
const REFUSALS: readonly (readonly [words: RegExp, problem: string])[] = [
  [
    /alert certificate required/,
    'it wants a certificate, and this side shows none; give tls.cert and tls.key',
  ],
  [/alert certificate expired/, 'it refuses the certificate of this side, tls.cert, which has expired'],
  [/alert unknown ca/, 'it refuses the certificate of this side, tls.cert: it does not trust its authority'],
  [
    /alert (?:bad certificate|certificate unknown|unsupported certificate|certificate revoked)/,
    'it refuses the certificate of this side, tls.cert, or wants one where there is none',
  ],
];

/** Why the other side does not accept who this side is; `undefined` for errors of another kind. */
export function refusalProblem(error: Error | undefined): string | undefined {
  return REFUSALS.find(([words]) => words.test(error?.message ?? ''))?.[1];
}

/** AMQP's errors have numbers there. */
function codeOf(error: (Error & { code?: unknown }) | undefined): string {
  return typeof error?.code === 'string' ? error.code : '';
}
