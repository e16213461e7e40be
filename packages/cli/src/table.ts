/**
 * Rows as an aligned table. The last column takes what is left of the width and is cut there.
 *
 * @param columns of the terminal; `undefined` for no limit
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  columns?: number,
): string {
  const all = [head, ...rows.map((row) => row.map(oneLine))];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) => {
    const cells = row.map((cell, column) =>
      column === head.length - 1 ? cell : cell.padEnd(widths[column] ?? 0),
    );
    const line = cells.join('  ').trimEnd();
    return columns !== undefined && line.length > columns
      ? `${line.slice(0, Math.max(columns - 1, 1))}…`
      : line;
  });
  return `${lines.join('\n')}\n`;
}

/** Whatever an error's text holds, it neither breaks the table nor speaks to the terminal. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/\p{Cc}/gu, '�');
}
