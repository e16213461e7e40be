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

/** Why no TLS session came about, in words for whoever configures the two sides; `undefined` for errors of another kind. */
export function handshakeProblem(error: Error | undefined): string | undefined {
  switch (codeOf(error)) {
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
    case 'ERR_SSL_HTTP_REQUEST':
      return 'it does not speak TLS, but this side does; give both tls, or neither';
    case 'ERR_SSL_NO_PROTOCOLS_AVAILABLE':
    case 'ERR_SSL_UNSUPPORTED_PROTOCOL':
    case 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION':
      return 'it does not speak TLS 1.3';
    default:
      return undefined;
  }
}

function codeOf(error: (Error & { code?: string }) | undefined): string {
  return error?.code ?? '';
}
