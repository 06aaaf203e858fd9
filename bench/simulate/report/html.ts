import { html, type Markup } from "../../../scripts/lib/page/markup.ts";
import { selfContainedPage } from "../../../scripts/lib/page/self-contained.ts";
import type { Outcome } from "../outcome.ts";
import { boundsReached, HEAD, rowOf, type SimulationRecord } from "../record.ts";

/** What the page's program draws. */
export interface Curves {
  readonly id: string;
  readonly title: string;
  readonly x: { readonly label: string; readonly values: readonly number[]; readonly logarithmic: boolean };
  readonly y: { readonly unit: string; readonly logarithmic: boolean };
  readonly curves: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
}

export function simulationPage(record: SimulationRecord): Promise<string> {
  const curves = record.floors.flatMap(({ geography }) =>
    curvesOf(
      geography,
      record.outcomes.filter((outcome) => outcome.geography === geography),
    ),
  );
  return selfContainedPage({
    title: `Wigwag, simulated ${record.at.slice(0, 10)}`,
    body: [header(record), ...record.floors.map(({ geography }) => section(record, geography, curves))],
    data: curves,
    program: "bench/simulate/report/page/plots.ts",
    style: "bench/report/page/style.css",
  });
}

function header({ at, commit, leafDiesEverySeconds, limits, log, placement, seed, staySeconds }: SimulationRecord): Markup {
  return html`<header>
    <h1>Wigwag, simulated</h1>
    <p class="sub">${at.replace("T", " ").slice(0, 16)} UTC · commit ${commit} · seed ${seed}</p>
    <p class="sub">The product's own planning, joining and commit code on a model of the platform: measured costs, list prices, one thread an object. Members stay ${staySeconds} s on average, a leaf dies every ${leafDiesEverySeconds} s, the log is ${log}.</p>
    <p class="sub">At most ${limits.leafMembers} members or ${limits.deliveriesPerSecond} frames a second an object; leaves placed: ${placement}.</p>
  </header>`;
}

function section(record: SimulationRecord, geography: string, curves: readonly Curves[]): Markup {
  const outcomes = record.outcomes.filter((outcome) => outcome.geography === geography);
  const floor = record.floors.find((one) => one.geography === geography);
  return html`<section>
    <h2>${geography}</h2>
    <p class="hint">By distance alone, with the hub in ${floor?.hub ?? ""}: p50 ${floor?.p50Ms.toFixed(0) ?? ""} ms, p99 ${floor?.p99Ms.toFixed(0) ?? ""} ms.</p>
    ${outcomes.flatMap(boundsReached).map(({ what, reached, met }) => html`<p class="verdict-line ${met ? "met" : "missed"}">${met ? "✓" : "✗"} ${what}; reached ${reached}</p>`)}
    <div class="charts">${curves.filter(({ id }) => id.startsWith(`${slug(geography)}-`)).map(({ id }) => html`<div class="chart" id="${id}"></div>`)}</div>
    <div class="scroll"><table>
      <tr>${HEAD.map((name, index) => html`<th class="${index > 1 ? "number" : ""}">${name}</th>`)}</tr>
      ${outcomes.map((outcome) => html`<tr>${rowOf(outcome).map((cell, index) => html`<td class="${index > 1 ? "number" : ""}">${cell}</td>`)}</tr>`)}
    </table></div>
    ${outcomes.filter(({ design }) => design === "elastic" || design === "room").map(detail)}
  </section>`;
}

function detail({ members, messagesPerSecond, loads, bills, counts, troubles }: Outcome): Markup {
  const { hour, arrival } = bills;
  const money = (amount: number): string => `$${amount.toFixed(2)}`;
  return html`<details><summary>${members.toLocaleString("en")} x ${messagesPerSecond}${troubles.length > 0 ? html` <span class="missed">${troubles.length} troubles</span>` : ""}</summary>
    ${troubles.map((trouble) => html`<p class="missed">${trouble}</p>`)}
    <div class="scroll"><table>
      <tr><th>objects</th><th class="number">how many</th><th class="number">busiest</th><th class="number">in its busiest second</th><th class="number">mean</th><th class="number">requests/s at most</th><th class="number">frames/s</th></tr>
      ${loads.map(
        ({ kind, objects, busiest, busiestSecond, mean, requestsPerSecondMost, framesPerSecond }) =>
          html`<tr><td>${kind}</td><td class="number">${objects}</td><td class="number">${percent(busiest)}</td><td class="number">${percent(busiestSecond)}</td><td class="number">${percent(mean)}</td><td class="number">${requestsPerSecondMost}</td><td class="number">${Math.round(framesPerSecond).toLocaleString("en")}</td></tr>`,
      )}
    </table></div>
    <p class="hint">An hour: requests ${money(hour.requests)}, acknowledgements and publishes ${money(hour.socketMessages)}, entry Workers ${money(hour.workers)}, rows ${money(hour.rows)}, time awake ${money(hour.duration)}. Their coming: ${money(arrival.total)}.</p>
    <p class="hint">${Object.entries(counts)
      .map(([name, count]) => `${name} ${count.toLocaleString("en")}`)
      .join(", ")}</p>
  </details>`;
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const slug = (name: string): string => name.replaceAll(" ", "-");

function curvesOf(geography: string, outcomes: readonly Outcome[]): Curves[] {
  const elastic = outcomes.filter(({ design }) => design === "elastic" || design === "room");
  const sizes = [...new Set(elastic.map(({ members }) => members))];
  const rates = [...new Set(elastic.map(({ messagesPerSecond }) => messagesPerSecond))];
  const shares = elastic[0]?.distribution.map(({ share }) => share) ?? [];
  const largest = elastic.filter(({ members }) => members === Math.max(...sizes));
  const overRates = (value: (outcome: Outcome) => number) =>
    sizes.map((members) => ({
      label: `${members.toLocaleString("en")} members`,
      values: rates.map((rate) =>
        finite(
          elastic.find((one) => one.members === members && one.messagesPerSecond === rate),
          value,
        ),
      ),
    }));
  const x = { label: "messages a second", values: rates, logarithmic: true };
  return [
    {
      id: `${slug(geography)}-latency`,
      title: `ms from publish to delivery, ${Math.max(...sizes).toLocaleString("en")} members`,
      x: { label: "share of deliveries", values: shares, logarithmic: false },
      y: { unit: " ms", logarithmic: false },
      curves: largest.map(({ messagesPerSecond, distribution }) => ({ label: `${messagesPerSecond}/s`, values: distribution.map(({ ms }) => ms) })),
    },
    {
      id: `${slug(geography)}-busy`,
      title: "busiest object, % of its time",
      x,
      y: { unit: " %", logarithmic: true },
      curves: overRates(({ hottest }) => hottest.busy * 100),
    },
    { id: `${slug(geography)}-money`, title: "a two-hour event", x, y: { unit: " $", logarithmic: true }, curves: overRates(({ bills }) => bills.twoHours) },
    {
      id: `${slug(geography)}-p99`,
      title: "p99 of deliveries, ms",
      x,
      y: { unit: " ms", logarithmic: false },
      curves: overRates(({ latencyMs }) => latencyMs.p99),
    },
  ];
}

function finite(outcome: Outcome | undefined, value: (outcome: Outcome) => number): number | null {
  const number = outcome === undefined ? Number.NaN : value(outcome);
  return Number.isFinite(number) && number > 0 ? number : null;
}
