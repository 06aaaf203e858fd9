import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../root.ts";
import { html, json, type Markup, verbatim } from "./markup.ts";

export interface PageOptions {
  readonly title: string;
  readonly body: readonly Markup[];
  /** What the program finds as JSON in the element `data`. */
  readonly data: unknown;
  /** Paths from the root of the repository: the program, and the page's own style beside what all reports share. */
  readonly program: string;
  readonly style: string;
}

const SHARED_STYLES = ["node_modules/uplot/dist/uPlot.min.css", "scripts/lib/page/style.css"];

/** A report as one page that asks nobody for anything: style, plots and data are in it. */
export async function selfContainedPage({ title, body, data, program, style }: PageOptions): Promise<string> {
  const [script, ...styles] = await Promise.all([bundled(program), ...[...SHARED_STYLES, style].map((path) => readFile(join(root, path), "utf8"))]);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${styles.map(verbatim)}</style>
</head>
<body>
<main>
${body}
</main>
<script type="application/json" id="data">${json(data)}</script>
<script>${verbatim(script)}</script>
</body>
</html>
`;
  return page.html;
}

async function bundled(program: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, program)],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
}
