/** What the shop says when it can be used; the README has the same lines. */
export function readyText(origin: string): string {
  return `
the shop is ready: ${origin} (Ctrl-C ends it)

  id=$(curl -s ${origin}/users -H 'content-type: application/json' -d '{"name":"Ada","email":"ada@example.com"}' | cut -d'"' -f4)
  curl -s -w '\\n' ${origin}/users/$id
  curl -s -w '\\n' ${origin}/users/$id/notifications
  curl -s -w '\\n' ${origin}/orders -H 'content-type: application/json' -d '{"userId":"'$id'","amount":1250}'

`;
}
