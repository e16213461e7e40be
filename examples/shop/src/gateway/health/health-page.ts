import { html, type Html } from './html.js';
import type { CallError } from './last-errors.js';
import type { ServiceHealth } from './services.js';

/** Seconds after which the page is loaded again. */
const REFRESH = 2;

/** What `GET /health` says, for the eye. */
export function healthPage(services: Readonly<Record<string, ServiceHealth>>, now: Date): string {
  const rows = Object.entries(services).map(([service, health]) => row(service, health));
  const missing = Object.keys(services).filter((service) => services[service]?.answer !== 'ready');
  const title = missing.length === 0 ? 'all services are ready' : `${missing.join(', ')} not ready`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta http-equiv="refresh" content="${REFRESH}" />
        <title>The shop: ${title}</title>
        <style>
          body {
            font:
              15px/1.5 system-ui,
              sans-serif;
            margin: 2rem auto;
            max-width: 64rem;
            padding: 0 1rem;
            color: #222;
          }
          h1 {
            font-size: 1.4rem;
          }
          table {
            border-collapse: collapse;
            width: 100%;
          }
          th,
          td {
            border-bottom: 1px solid #ddd;
            padding: 0.5rem 0.75rem;
            text-align: left;
            vertical-align: top;
          }
          th,
          td:nth-child(-n + 4) {
            white-space: nowrap;
          }
          td:last-child {
            overflow-wrap: anywhere;
            width: 100%;
          }
          .well {
            color: #176f2c;
          }
          .ill {
            color: #b3261e;
            font-weight: 600;
          }
          ol {
            font-size: 0.85rem;
            list-style: none;
            margin: 0;
            padding: 0;
          }
          li + li {
            margin-top: 0.5rem;
          }
          footer,
          small,
          time {
            color: #666;
          }
        </style>
      </head>
      <body>
        <h1>The shop: ${title}</h1>
        <table>
          <thead>
            <tr>
              <th>Service</th>
              <th>Answer</th>
              <th>Breaker</th>
              <th>In flight</th>
              <th>Last errors</th>
            </tr>
          </thead>
          <tbody>
            ${rows}
          </tbody>
        </table>
        <footer>
          <p>As the gateway saw it at ${timeOf(now.toISOString())}, again every ${REFRESH} seconds.</p>
        </footer>
      </body>
    </html>`.text;
}

function row(service: string, { answer, breaker, inFlight, lastErrors }: ServiceHealth): Html {
  return html`<tr>
    <td>${service}</td>
    <td>${told(answer, answer === 'ready')}</td>
    <td>${told(breaker, breaker === 'closed')}</td>
    <td>${inFlight}</td>
    <td>
      ${
        lastErrors.length === 0
          ? html`<small>none</small>`
          : html`<ol>
              ${lastErrors.map(item)}
            </ol>`
      }
    </td>
  </tr>`;
}

function told(text: string, well: boolean): Html {
  return html`<span class="${well ? 'well' : 'ill'}">${text}</span>`;
}

function item({ at, pattern, name, message, correlationId, times }: CallError): Html {
  return html`<li>
    <time datetime="${at}">${timeOf(at)}</time> ${pattern}${times > 1 ? ` (${times} times)` : ''}
    ${correlationId ? html`<small>[${correlationId}]</small>` : ''}<br />
    ${name}: ${message}
  </li>`;
}

/** Of ISO 8601. */
function timeOf(at: string): string {
  return `${at.slice(11, 19)} UTC`;
}
