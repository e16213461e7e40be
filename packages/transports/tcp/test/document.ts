import { readFileSync } from 'node:fs';

const text = readFileSync(new URL('../PROTOCOL.md', import.meta.url), 'utf8');

/** The rows of the table in PROTOCOL.md whose first columns have these titles, each cell as text. */
export function table(...titles: string[]): string[][] {
  const lines = text.split('\n').map((line) => {
    const cells = line.split('|').slice(1, -1);
    return cells.map((cell) => cell.trim());
  });
  const begin = lines.findIndex((cells) => titles.every((title, index) => cells[index] === title));
  if (begin < 0) throw new Error(`PROTOCOL.md has no table with the columns ${titles.join(', ')}`);
  const end = lines.findIndex((cells, index) => index > begin && cells.length === 0);
  return lines.slice(begin + 2, end);
}

/** A number as people write it, with its thousands separated. */
export function numberIn(cell: string | undefined): number {
  return Number(cell?.replaceAll(',', ''));
}

/** The bytes of the hex examples, in their order. */
export function examples(): Buffer[] {
  return [...text.matchAll(/```hex\n(.*?)```/gs)].map(([, block = '']) =>
    Buffer.from(block.replaceAll(/;.*$/gm, '').replaceAll(/\s/g, ''), 'hex'),
  );
}

/** What the comments beside an example claim: the bytes of each line, and the text after the semicolon. */
export function comments(): { bytes: Buffer; says: string }[] {
  return [...text.matchAll(/^((?:[0-9a-f]{2} )+) *; (.*)$/gm)].map(([, hex = '', says = '']) => ({
    bytes: Buffer.from(hex.replaceAll(' ', ''), 'hex'),
    says,
  }));
}
