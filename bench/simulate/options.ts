import { parseArgs } from "node:util";
import { DEFAULTS, type SimulationOptions } from "./elastic.ts";
import { ATLANTIC, type Geography, ONE_REGION, WORLD } from "./platform/regions.ts";

const GEOGRAPHIES: Readonly<Record<string, Geography>> = { world: WORLD, atlantic: ATLANTIC, one: ONE_REGION };
const PLACEMENTS = ["first", "hub", "region"] as const;

export interface SimulateOptions {
  readonly runs: readonly SimulationOptions[];
  readonly naive: boolean;
}

const USAGE = `node --max-old-space-size=8192 bench/simulate/main.ts [options]
  --quick              10,000 members only
  --members N          may be repeated; default 10000, 100000, 1000000
  --rate N             messages a second, may be repeated; default 1, 10, 30, 100
  --geography NAME     may be repeated: ${Object.keys(GEOGRAPHIES).join(", ")}; default world
  --placement NAME     where leaves stand: ${PLACEMENTS.join(", ")}; default first
  --seconds N          measured, default ${DEFAULTS.seconds}
  --grow N             seconds over which the members come, default ${DEFAULTS.growSeconds}
  --stay N             seconds that a member stays on average, default ${DEFAULTS.staySeconds}
  --memory             the channel's log in memory mode
  --room               a chat room with messages of all priorities, without the naive designs
  --seed N             default ${DEFAULTS.seed}
  --no-naive           without the naive designs`;

export function readSimulateOptions(argv: readonly string[]): SimulateOptions {
  try {
    return parse(argv);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(2);
  }
}

function parse(argv: readonly string[]): SimulateOptions {
  const { values } = parseArgs({
    args: [...argv],
    allowNegative: true,
    options: {
      quick: { type: "boolean", default: false },
      members: { type: "string", multiple: true },
      rate: { type: "string", multiple: true, default: ["1", "10", "30", "100"] },
      geography: { type: "string", multiple: true, default: ["world"] },
      placement: { type: "string", default: "first" },
      seconds: { type: "string" },
      grow: { type: "string" },
      stay: { type: "string" },
      seed: { type: "string" },
      memory: { type: "boolean", default: false },
      room: { type: "boolean", default: false },
      naive: { type: "boolean", default: true },
    },
  });
  const placement = PLACEMENTS.find((name) => name === values.placement);
  if (placement === undefined) throw new Error(`no placement ${values.placement}`);
  const common = {
    ...DEFAULTS,
    placement,
    room: values.room,
    log: values.memory ? ("memory" as const) : ("durable" as const),
    seconds: number("seconds", values.seconds, DEFAULTS.seconds),
    growSeconds: number("grow", values.grow, DEFAULTS.growSeconds),
    staySeconds: number("stay", values.stay, DEFAULTS.staySeconds),
    seed: number("seed", values.seed, DEFAULTS.seed),
  };
  const sizes = values.members ?? (values.quick ? ["10000"] : ["10000", "100000", "1000000"]);
  const runs = values.geography.flatMap((name) => {
    const geography = GEOGRAPHIES[name];
    if (geography === undefined) throw new Error(`no geography ${name}`);
    return sizes.flatMap((members) =>
      values.rate.map((rate) => ({ ...common, geography, members: number("members", members, 0), messagesPerSecond: number("rate", rate, 0) })),
    );
  });
  return { runs, naive: values.naive && !values.room };
}

function number(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (!(value > 0)) throw new Error(`--${name} wants a number above 0`);
  return value;
}
