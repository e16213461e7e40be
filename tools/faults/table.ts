/** A Markdown table, which people read as it is. The first of `rows` are its heads. */
export function markdown(rows: readonly (readonly string[])[]): string {
  const [heads = [], ...others] = rows;
  const all = [heads, heads.map((head) => '-'.repeat(head.length)), ...others];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const lines = all.map((row, index) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0, index === 1 ? '-' : ' ')),
  );
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
