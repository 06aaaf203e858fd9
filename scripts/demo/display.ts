/** Progress: one line that is written over on a terminal, a line a second elsewhere. */
export class Display {
  readonly #terminal = process.stdout.isTTY === true;
  #shownAt = 0;

  progress(text: string): void {
    if (this.#terminal) process.stdout.write(`\r\x1b[K${text.slice(0, process.stdout.columns - 1)}`);
    else if (Date.now() - this.#shownAt >= 1000) {
      this.#shownAt = Date.now();
      console.log(text);
    }
  }

  /** A line that stays. */
  say(text: string): void {
    if (this.#terminal) process.stdout.write("\r\x1b[K");
    console.log(text);
  }
}

export function bar(done: number, total: number, width = 20): string {
  const filled = total === 0 ? width : Math.min(width, Math.floor((done / total) * width));
  return `[${"#".repeat(filled)}${"-".repeat(width - filled)}]`;
}

/** Columns as wide as they have to be: the first to the left, the rest to the right. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) => row.map(String));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  "),
  );
  lines.splice(1, 0, widths.map((width) => "-".repeat(width)).join("  "));
  return lines.join("\n");
}
