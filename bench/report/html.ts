import { selfContainedPage } from "../../scripts/lib/page/self-contained.ts";
import type { BenchRecord } from "../lib/record.ts";
import { SCENARIOS } from "../scenarios/catalogue.ts";
import { chartsOf } from "./charts.ts";
import { failures, header, phases, scenarioSection, targets } from "./sections.ts";

export function htmlReport(record: BenchRecord): Promise<string> {
  const shown = record.scenarios.flatMap((found) => {
    const scenario = SCENARIOS.find(({ id }) => id === found.id);
    return scenario === undefined ? [] : [{ found, scenario, charts: chartsOf(record, found, scenario) }];
  });
  const sections = shown.map(({ found, scenario, charts }) => scenarioSection(found, scenario, charts));
  return selfContainedPage({
    title: `Wigwag, measured ${record.at.slice(0, 10)}`,
    body: [header(record), failures(record), targets(record), ...sections, phases(record)].filter((section) => section !== undefined),
    data: shown.flatMap(({ charts }) => charts),
    program: "bench/report/page/plots.ts",
    style: "bench/report/page/style.css",
  });
}
