import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../../scripts/lib/root.ts";
import { html, json, verbatim } from "./markup.ts";
import type { Report } from "./report.ts";
import { experiments, faults, figures, header, mutations, rules, timeline, violations } from "./sections.ts";

const PAGE = "prove/report/page";

/** The report as one page that asks nobody for anything: style, plots and data are in it. */
export async function htmlReport(report: Report): Promise<string> {
  const [plots, plotStyle, style] = await Promise.all([
    program(),
    readFile(join(root, "node_modules/uplot/dist/uPlot.min.css"), "utf8"),
    readFile(join(root, PAGE, "style.css"), "utf8"),
  ]);
  const title = `Wigwag, seed ${report.run.seed}: ${report.holds ? "holds" : "broken"}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${verbatim(plotStyle)}${verbatim(style)}</style>
</head>
<body>
<main>
${[header, figures, timeline, rules, violations, faults, experiments, mutations].map((section) => section(report))}
</main>
<script type="application/json" id="data">${json(report.timeline)}</script>
<script>${verbatim(plots)}</script>
</body>
</html>
`;
  return page.html;
}

async function program(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, PAGE, "plots.ts")],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
}
