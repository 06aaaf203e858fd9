import { html, type Markup } from "../../scripts/lib/page/markup.ts";
import { FIGURES, type FigureName } from "../lib/figures.ts";
import type { BenchRecord, ScenarioRecord } from "../lib/record.ts";
import { short } from "../lib/table.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import type { Chart } from "./charts.ts";

export function header({ at, commit, machine, passes, seconds }: BenchRecord): Markup {
  const { cpu, cores, memoryGiB, kernel, workerd, node, loadBefore } = machine;
  return html`<header>
    <h1>Wigwag, measured</h1>
    <p class="sub">${at.replace("T", " ").slice(0, 16)} UTC · commit ${commit} · ${passes} ${passes === 1 ? "pass" : "passes"} of ${seconds} s</p>
    <p class="sub">${cpu}, ${cores} cores, ${memoryGiB} GiB · Linux ${kernel} · workerd ${workerd} · Node ${node} · load before ${loadBefore.toFixed(2)}</p>
    <p class="sub">One server on one processor, one load generator on another. Every delivery was checked for loss, repeats and order. Compare within a scenario only.</p>
  </header>`;
}

const MARKS = { met: "✓", missed: "✗", open: "–" } as const;
const state = (met: boolean | undefined): keyof typeof MARKS => (met === undefined ? "open" : met ? "met" : "missed");

/** What was to be reached, and whether it was. */
export function targets({ scenarios }: BenchRecord): Markup | undefined {
  const all = scenarios.flatMap(({ id, verdicts }) => verdicts.map((verdict) => ({ id, ...verdict })));
  if (all.length === 0) return undefined;
  const met = all.filter((verdict) => verdict.met === true).length;
  const open = all.filter((verdict) => verdict.met === undefined).length;
  return html`<section>
    <h2>What was to be reached: ${met} of ${all.length - open} met${open > 0 ? `, ${open} not measured` : ""}</h2>
    <div class="scroll"><table>
      <tr><th></th><th>Scenario</th><th>Who</th><th>Target</th><th>Reached</th></tr>
      ${all.map(
        ({ id, contender, what, reached, met: isMet }) =>
          html`<tr><td class="${state(isMet)}">${MARKS[state(isMet)]}</td><td><a href="#${id}">${id}</a></td><td>${contender}</td><td>${what}</td><td>${isMet === undefined ? "" : reached}</td></tr>`,
      )}
    </table></div>
  </section>`;
}

export function scenarioSection(record: ScenarioRecord, { columns, ratios = [] }: Pick<Scenario, "columns" | "ratios">, charts: readonly Chart[]): Markup {
  const shown: readonly FigureName[] = ["perCpuSecond", ...columns];
  return html`<article id="${record.id}">
    <h3>${record.title} <span class="id">${record.id}</span></h3>
    ${record.verdicts.map(({ contender, what, reached, met }) => html`<p class="verdict-line ${state(met)}">${MARKS[state(met)]} ${contender}: ${what}${met === undefined ? ", not measured" : `; reached ${reached}`}</p>`)}
    <div class="charts">${charts.map(({ id }) => html`<div class="chart" id="${id}"></div>`)}</div>
    <div class="scroll"><table>
      <tr><th>${record.summaries[0]?.unit ?? ""}</th><th class="number">× ${record.base}</th><th class="number"></th>${shown.map((name) => html`<th class="number">${FIGURES[name].title}</th>`)}${ratios.map((name) => html`<th class="number">${FIGURES[name].title} ×</th>`)}</tr>
      ${record.summaries.map(
        ({ contender, passes, figures }) => html`<tr>
          <td>${contender}</td>
          <td class="number"><strong>${short(figures.perCpuSecond.ratio)}</strong></td>
          <td class="number dim">${passes > 1 ? `${short(figures.perCpuSecond.ratioMin)}–${short(figures.perCpuSecond.ratioMax)}` : ""}</td>
          ${shown.map((name) => html`<td class="number">${FIGURES[name].text(figures[name].value)}</td>`)}
          ${ratios.map((name) => html`<td class="number">${short(figures[name].ratio)}</td>`)}
        </tr>`,
      )}
    </table></div>
  </article>`;
}

/** Where the server's processor time went, by the phases of a run; the last pass of each contender. */
export function phases({ runs, scenarios }: BenchRecord): Markup {
  return html`<section>
    <h2>The server's processor, phase by phase</h2>
    ${scenarios.map(({ id, summaries }) => {
      const rows = summaries.flatMap(({ contender }) => {
        const last = runs.findLast((run) => run.scenario === id && run.contender === contender && run.measurement !== undefined);
        return last?.measurement?.phases === undefined ? [] : [{ contender, phases: last.measurement.phases }];
      });
      return html`<details><summary>${id}</summary><div class="scroll"><table>
        ${rows.map(
          ({ contender, phases: all }) =>
            html`<tr><td>${contender}</td>${all.map(({ name, seconds, serverCpuSeconds }) => html`<td class="number">${name} ${serverCpuSeconds.toFixed(2)} <span class="dim">of ${seconds.toFixed(1)} s</span></td>`)}</tr>`,
        )}
      </table></div></details>`;
    })}
  </section>`;
}

export function failures({ runs }: BenchRecord): Markup | undefined {
  const failed = runs.filter(({ error }) => error !== undefined);
  if (failed.length === 0) return undefined;
  return html`<section>
    <h2 class="bad">Runs that ended before their time</h2>
    ${failed.map(({ scenario, contender, pass, error = "" }) => html`<details class="bad"><summary>${scenario}, ${contender}, pass ${pass}: ${error.split("\n")[0]}</summary><pre>${error}</pre></details>`)}
  </section>`;
}
