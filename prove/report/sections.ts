import { html, type Markup } from "../../scripts/lib/page/markup.ts";
import type { RunEvent } from "../record/event.ts";
import { count, headlines } from "./headline.ts";
import type { Report, Shown } from "./report.ts";

const asTime = (seconds: number): string => (seconds >= 120 ? `${(seconds / 60).toFixed(1)} min` : `${Math.round(seconds)} s`);

export function header({ run, figures, holds, violations, shortcomings, mutations: bugs, experiments: asked, timeline: { calmAt } }: Report): Markup {
  const { wigwag, workerd, node, commit } = run.versions;
  const verdict = holds ? "Holds" : violations.length > 0 ? "Broken" : "Not proved";
  const missed = bugs.filter(({ caughtBy }) => caughtBy.length === 0).map(({ name }) => `${name}, a seeded bug, was not caught`);
  const broken = asked.flatMap(({ name, finding }) =>
    typeof finding === "string" || finding.violations.length === 0 ? [] : [`experiment ${name} does not hold`],
  );
  return html`<header>
    <p class="verdict ${holds ? "good" : "bad"}">${verdict}</p>
    <h1>Wigwag, under attack</h1>
    <p class="sub">${calmAt === undefined ? "" : `${asTime(calmAt)} of faults, `}${asTime(figures.seconds)} in all, profile ${run.profile}, seed <strong>${run.seed}</strong> · ${run.startedAt.replace("T", " ").slice(0, 16)} UTC</p>
    <p class="sub">wigwag ${wigwag} (${commit}) · workerd ${workerd} · node ${node} · ${run.machine}</p>
    ${[...shortcomings, ...broken, ...missed].map((line) => html`<p class="bad">${line}</p>`)}
    <p><code>npm run prove -- --profile ${run.profile} --seed ${run.seed}</code></p>
  </header>`;
}

export const figures = (report: Report): Markup =>
  html`<dl class="figures">${headlines(report).map(
    ({ name, value, detail, mustBeZero }) =>
      html`<div class="${mustBeZero === true ? (value === "0" ? "good" : "bad") : ""}"><dt>${name}</dt><dd>${value}</dd><dd class="detail">${detail}</dd></div>`,
  )}</dl>`;

export const timeline = (): Markup => html`<section id="timeline">
  <h2>What happened</h2>
  <p class="hint">Shaded: the service was down, or its clients were cut off from it. Drag over a plot to look closer, double-click to go back.</p>
  <div id="plots"></div>
  <div id="lanes" aria-label="Faults over time"></div>
</section>`;

export function rules({ rules: all }: Report): Markup {
  return html`<section>
    <h2>What had to hold</h2>
    <ul class="rules">${all.map(
      ({ rule, title, broken }) =>
        html`<li class="${broken === 0 ? "good" : "bad"}"><span class="mark">${broken === 0 ? "✓" : "✗"}</span><span>${title}</span><span class="id">${rule}${broken === 0 ? "" : ` · ${broken}`}</span></li>`,
    )}</ul>
  </section>`;
}

export function violations({ violations: all }: Report): Markup {
  if (all.length === 0) return html``;
  return html`<section>
    <h2>What was wrong</h2>
    ${all.map(violation)}
  </section>`;
}

const violation = ({ rule, what, at, around }: Shown): Markup => html`<details class="violation">
    <summary><span class="id">${rule}</span> ${what}</summary>
    ${
      around.length === 0
        ? html`<p class="hint">No events of it alone.</p>`
        : html`<div class="scroll"><table><thead><tr><th>ms</th><th>event</th><th></th></tr></thead><tbody>${around.map((event) => eventRow(event, at ?? 0))}</tbody></table></div>`
    }
  </details>`;

function eventRow(event: RunEvent, at: number): Markup {
  const { is, at: when, ...rest } = event;
  const text = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join(" · ");
  return html`<tr><td class="number">${when >= at ? "+" : ""}${Math.round(when - at)}</td><td>${is}</td><td>${text}</td></tr>`;
}

export function faults({ figures: { faults: kinds }, timeline: { faults: spans } }: Report): Markup {
  const rows = Object.entries(kinds).sort(([, a], [, b]) => b - a);
  if (rows.length === 0) return html``;
  const lasted = (name: string): number => spans.filter((span) => span.name === name).reduce((total, { from, to }) => total + to - from, 0);
  return html`<section>
    <h2>What was done to it</h2>
    ${wholeGrid(
      "",
      ["fault", "times", "seconds in all"],
      rows.map(([name, times]) => [name, times, Math.round(lasted(name))]),
    )}
  </section>`;
}

export function experiments({ experiments: all }: Report): Markup {
  if (all.length === 0) return html``;
  return html`<section>
    <h2>Experiments</h2>
    ${all.map(({ name, title, finding }) => {
      if (typeof finding === "string") return html`<article><h3>${name}</h3><p class="hint">${title}</p><p>Not run: ${finding}</p></article>`;
      const good = finding.violations.length === 0;
      return html`<article>
        <h3><span class="${good ? "good" : "bad"}">${good ? "✓" : "✗"}</span> ${name}</h3>
        <p class="hint">${title}</p>
        ${wholeGrid("", ["measured", ""], Object.entries(finding.figures))}
        ${finding.tables?.map((table) => grid(table.title, table.columns, table.rows))}
        ${finding.violations.map(({ rule, what }) => html`<p class="bad">${rule}: ${what}</p>`)}
      </article>`;
    })}
  </section>`;
}

export function mutations({ mutations: all }: Report): Markup {
  if (all.length === 0) return html``;
  const caught = all.filter(({ caughtBy }) => caughtBy.length > 0).length;
  return html`<section>
    <h2>Seeded bugs</h2>
    <p class="hint">${caught} of ${all.length} were caught. Each was put into a test build alone; these are the rules that showed it.</p>
    <div class="scroll"><table><thead><tr><th>bug</th><th>what goes wrong</th><th>where</th><th>caught by</th><th>seed</th><th>tries</th><th>seconds</th></tr></thead><tbody>${all.map(
      ({ name, what, where, caughtBy, seconds, seed = "", tries = "", first = "" }) =>
        html`<tr><td>${name}</td><td>${what}</td><td>${where}</td><td class="${caughtBy.length > 0 ? "good" : "bad"}" title="${first}">${caughtBy.length > 0 ? caughtBy.join(" ") : "not caught"}</td><td class="number">${seed}</td><td class="number">${tries}</td><td class="number">${Math.round(seconds)}</td></tr>`,
    )}</tbody></table></div>
  </section>`;
}

type Cell = string | number;

/** A longer table is there for who asks for it. */
const ROWS_SHOWN = 14;

const grid = (title: string, columns: readonly string[], rows: readonly (readonly Cell[])[]): Markup =>
  rows.length <= ROWS_SHOWN
    ? wholeGrid(title, columns, rows)
    : html`<details><summary class="hint">${title === "" ? "all of it" : title}, ${rows.length} rows</summary>${wholeGrid("", columns, rows)}</details>`;

const wholeGrid = (title: string, columns: readonly string[], rows: readonly (readonly Cell[])[]): Markup => html`<div class="scroll"><table>
    ${title === "" ? undefined : html`<caption>${title}</caption>`}
    <thead><tr>${columns.map((column) => html`<th>${column}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>`)}</tbody>
  </table></div>`;

const cell = (value: Cell): Markup =>
  typeof value === "number"
    ? html`<td class="number">${Number.isInteger(value) ? count(value) : Number(value.toPrecision(4)).toLocaleString("en-GB")}</td>`
    : html`<td>${value}</td>`;
