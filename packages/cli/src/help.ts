export const HELP = `rookery operates Rookery services.

  rookery dead-letters list                 the letters, the oldest first
  rookery dead-letters groups               by endpoint, pattern and kind of cause, the largest first
  rookery dead-letters show <id>            all of one: causes, stacks, headers, body; --body: its body alone
  rookery dead-letters replay <id>…         hand them to their endpoints again, as the same messages
  rookery dead-letters edit <id>            replace the body: --body '{"name":"Ada"}' or --body-file <path> (- reads the
                                            standard input); --replay: and replay it
  rookery dead-letters drop <id>…           delete them for good
  rookery dead-letters parked               keys that are parked, because one of their events was given up
  rookery dead-letters release --key <key>  hand the letters of a parked key over in their order, and go on with it; or --all
  rookery dead-letters export               all of each, as NDJSON

Which service, where, as whom
  --service <name>      the service whose letters they are
  --url <url>           where it is: tcp://10.0.0.6:3001, several replicas separated by commas. Default: ROOKERY_URL, or the
                        service's address in ROOKERY_SERVICES
  --as <name>           as whom; the service has to let this name operate it (its option control). Default: operator
  --secret-file <path>  the secret of the services. Default: ROOKERY_SECRET
  --tls-ca, --tls-cert, --tls-key <path>    Default: ROOKERY_TLS_CA, ROOKERY_TLS_CERT, ROOKERY_TLS_KEY
  --timeout <seconds>   to reach it, and for each answer to begin. Default: 10

Which letters (list, groups, replay, drop, export)
  --endpoint <name>  --pattern <pattern>  --group <id>  --cause <text that the last cause contains>
  --key <key>  --parked                     of this key; of parked keys
  --since <time>  --until <time>            of the last failure: 15m, 2h, 3d ago, or 2026-11-21T10:00:00Z
  --all                 replay, drop: all letters there are; release: all keys

More
  --limit <n>           list: how many. Default: 100, at most 500
  --rate <n>            replay: letters a second. Default: 100
  --concurrency <n>     replay: how many at once on each replica. Default: 16
  --yes                 drop, replay --all: do not ask
  --json                the answer for programs

Ctrl-C ends a replay: no further letter is begun, and it says how far it got.
Exit codes: 0 done; 1 something was not, see what it says; 2 the command cannot be understood; 3 the service cannot be reached
or refuses; 130 Ctrl-C.
`;
