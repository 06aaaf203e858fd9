import { parseArgs } from "node:util";
import { SCENARIOS } from "../scenarios/catalogue.ts";
import { CONTENDERS, type ContenderName, type Scenario } from "../scenarios/scenario.ts";

export interface BenchOptions {
  readonly passes: number;
  readonly scenarios: readonly Scenario[];
  /** Those asked for by name; none: as the scenario has them. */
  readonly contenders: readonly ContenderName[];
  readonly quick: boolean;
  readonly warmupSeconds: number;
  readonly seconds: number;
  readonly port: number;
}

const USAGE = `npm run bench -- [options]
  --quick              one short pass of the main scenarios
  --passes N           default 3
  --seconds N          measured time of a run, default 5
  --scenario ID        may be repeated: ${SCENARIOS.map(({ id }) => id).join(", ")}
  --contender NAME     may be repeated: ${CONTENDERS.join(", ")}
  --port N             default 9400`;

export function readOptions(argv: readonly string[]): BenchOptions {
  try {
    return parse(argv);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

function parse(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: "boolean", default: false },
      passes: { type: "string" },
      seconds: { type: "string" },
      scenario: { type: "string", multiple: true, default: [] },
      contender: { type: "string", multiple: true, default: [] },
      port: { type: "string" },
    },
  });
  const { quick } = values;
  return {
    passes: positive("passes", values.passes, quick ? 1 : 3),
    seconds: positive("seconds", values.seconds, quick ? 2 : 5),
    warmupSeconds: quick ? 0.5 : 1.5,
    port: positive("port", values.port, 9400),
    scenarios: values.scenario.length > 0 ? values.scenario.map(scenarioNamed) : SCENARIOS.filter((scenario) => !quick || scenario.quick.length > 0),
    contenders: values.contender.map(contenderNamed),
    quick,
  };
}

/** Who takes part in a scenario. */
export function contendersIn({ contenders, quick }: Pick<BenchOptions, "contenders" | "quick">, scenario: Scenario): readonly ContenderName[] {
  if (contenders.length > 0) return scenario.contenders.filter((name) => contenders.includes(name));
  return quick && scenario.quick.length > 0 ? scenario.quick : scenario.contenders;
}

function positive(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!(value > 0)) throw new Error(`--${name} wants a number above 0`);
  return value;
}

function scenarioNamed(id: string): Scenario {
  const scenario = SCENARIOS.find((candidate) => candidate.id === id);
  if (scenario === undefined) throw new Error(`no scenario ${id}`);
  return scenario;
}

function contenderNamed(name: string): ContenderName {
  const contender = CONTENDERS.find((candidate) => candidate === name);
  if (contender === undefined) throw new Error(`no contender ${name}`);
  return contender;
}
