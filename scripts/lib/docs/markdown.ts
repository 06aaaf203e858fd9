/** A table whose cells may hold anything: a bar would end a cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export const code = (text: string): string => `\`${text}\``;

/** The anchor that GitHub gives a heading. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

/** Puts `content` between `<!-- name:start -->` and `<!-- name:end -->`. */
export function fillMarkers(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the markers ${start} and ${end} are missing`);
  return `${text.slice(0, from + start.length)}\n${content}\n${text.slice(to)}`;
}

/** Headings and fenced blocks, in order; what stands in a block is no heading. */
export function outline(text: string): { readonly headings: string[]; readonly blocks: string[] } {
  const headings: string[] = [];
  const blocks: string[] = [];
  let block: string[] | undefined;
  for (const line of text.split("\n")) {
    if (line.startsWith("```")) {
      if (block === undefined) block = [line];
      else {
        blocks.push([...block, line].join("\n"));
        block = undefined;
      }
    } else if (block !== undefined) block.push(line);
    else if (/^#{1,6} /.test(line)) headings.push(line);
  }
  return { headings, blocks };
}
