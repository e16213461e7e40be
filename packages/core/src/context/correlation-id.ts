/** Whether a correlation id from outside is taken: 1 to 128 visible characters of ASCII, which do no harm in a log. */
export function isCorrelationId(text: string): boolean {
  return /^[\x21-\x7e]{1,128}$/.test(text);
}
