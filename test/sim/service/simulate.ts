import type { Patch } from "../../../prove/builds/patch.ts";
import { check } from "../../../prove/check/check.ts";
import type { Violation } from "../../../prove/check/invariant.ts";
import type { RunEvent } from "../../../prove/record/event.ts";
import { Platform } from "../platform/platform.ts";
import { Scheduler } from "../platform/scheduler.ts";
import { ask, lookAt, takeStock } from "./aftermath.ts";
import { Device } from "./device.ts";
import { drawExtras, type Extras, NO_EXTRAS, races } from "./extras.ts";
import { Nemesis } from "./faults.ts";
import { CHANNELS, MEMORY, programs, startClient, VARIABLES } from "./programs.ts";
import { drawSpread, isPlaceOf, misplaced } from "./spread.ts";
import { Thief } from "./thief.ts";
import { Workload } from "./workload.ts";

export interface SimulationOptions {
  readonly seed: number;
  /** Seeded bugs. */
  readonly patches?: readonly Patch[];
  /** Without faults: the workload alone. */
  readonly calm?: boolean;
  /** Without what only some runs have; a calm one has none of it either. */
  readonly plain?: boolean;
  /** What it has besides, whatever its seed says. */
  readonly extras?: Partial<Extras> | undefined;
  /** Keeps what happened, event by event. */
  readonly traced?: boolean;
}

export interface Simulation {
  readonly violations: readonly Violation[];
  readonly events: readonly RunEvent[];
  /** Of everything that happened, down to each frame. Two runs of a seed have the same. */
  readonly digest: string;
  /** How many things happened. */
  readonly steps: number;
  readonly trace: readonly string[];
  readonly logged: readonly string[];
  /** Every object that was made, without its app. */
  readonly objects: readonly string[];
}

const CAST = [
  { user: "ann", name: "a1", riding: false },
  { user: "ann", name: "a2", riding: true },
  { user: "bob", name: "b1", riding: true },
  { user: "cy", name: "c1", riding: false },
  { user: "di", name: "d1", riding: false },
];
/** Where channels are spread over leaves. */
const MORE_CAST = [
  { user: "bob", name: "b2", riding: false },
  { user: "ed", name: "e1", riding: false },
  { user: "flo", name: "f1", riding: false },
  { user: "gus", name: "g1", riding: false },
];
/** Mostly short: many of them find more than a few long ones. Plain ones are as they were when their seeds were found. */
const stormMs = (draw: number, plain: boolean): number => (plain ? 5_000 + 15_000 * draw : 2_000 + 18_000 * draw ** 2);
/** Whoever is silently gone is gone by then: three keep-alives of a direct socket, the lease, and the patience of what was asked. */
const SETTLE_MS = 170_000;
/** The service is back by then. */
const RESTART_MS = 5_000;
/** Two leases, and the word of them. */
const ENCORE_MS = 70_000;
/** Virtual time that nothing here takes. */
const STUCK_MS = 3_600_000;

/** A short life of the whole service under its clients and its nemesis, and what was wrong with it. */
export async function simulate({ seed, patches = [], calm = false, plain = calm, extras: given = {}, traced = false }: SimulationOptions): Promise<Simulation> {
  const build = await programs(patches);
  const scheduler = new Scheduler(seed, traced);
  const extras = { ...(plain ? NO_EXTRAS : drawExtras(scheduler)), ...given };
  const variables = extras.leaves ? { ...VARIABLES, ...drawSpread(scheduler, extras.counted) } : VARIABLES;
  const cast = extras.leaves ? [...CAST, ...MORE_CAST] : CAST;
  const users = [...new Set(cast.map(({ user }) => user))];
  const platform = new Platform({ scheduler, server: build.server, variables });
  const events: RunEvent[] = [];
  const note = (event: RunEvent): void => {
    events.push(event);
    scheduler.note(JSON.stringify(event));
  };
  const broken: Violation[] = [];
  const thrown = (where: string, error: unknown): void => void broken.push({ rule: "SM3", what: `${where}: ${describe(error)}`, at: scheduler.now });
  const program = startClient(build.client, scheduler, thrown);
  const kill = (device: Device): void => {
    note({ is: "fault", at: scheduler.now, name: "device killed", detail: device.name });
    device.die(100);
  };
  const thief = new Thief({ scheduler, platform, kill, note });
  const ports = {
    ...{ scheduler, platform, program, thrown, note },
    token: build.token,
    random: scheduler.stream("devices"),
    answersAfterMs: extras.races ? races(scheduler) : () => undefined,
    admitted: (...given: Parameters<Thief["sees"]>) => thief.sees(...given),
  };
  const devices = cast.map((plan) => new Device(plan, ports));
  const fleeting = extras.fleeting ? [MEMORY] : [];
  const workload = new Workload({ scheduler, channels: CHANNELS, users, fleeting, random: scheduler.stream("workload") });
  const nemesis = new Nemesis({ scheduler, platform, devices, note, random: scheduler.stream("nemesis") });
  /** What is said while the service comes back, and who is there, must be as if nothing had been. */
  const encore = async (): Promise<void> => {
    const random = scheduler.stream("encore");
    const ms = 1_500 * random();
    note({ is: "fault", at: scheduler.now, name: "kill process", until: scheduler.now + ms });
    platform.crash(ms);
    await workload.pause(3_000 * random());
    await Promise.all(devices.flatMap((device) => CHANNELS.map((name) => device.publish(name, false))));
    await workload.pause(ENCORE_MS);
  };
  const act = async (): Promise<void> => {
    for (const log of CHANNELS) {
      await ask(platform, "PATCH", `/channels/message/${log}`, { log: log === MEMORY ? "memory" : "durable" });
      note({ is: "promised", at: scheduler.now, target: `channel:${log}`, log: log === MEMORY ? "memory" : "durable" });
    }
    const lives = devices.map((device) => workload.live(device));
    await workload.pause(1_000);
    if (extras.renewals) lives.push(workload.renew(devices, scheduler.stream("renewals")));
    if (extras.flood) lives.push(workload.flood(devices, kill, scheduler.stream("flood")));
    if (extras.thief) lives.push(workload.strike(devices, thief, scheduler.stream("strikes")));
    if (extras.leaves) lives.push(workload.surge(devices, scheduler.stream("surges")), workload.hop(devices, scheduler.stream("hops")));
    if (extras.leaves && extras.lossy) nemesis.losesCalls();
    if (!calm) nemesis.start();
    await workload.pause(stormMs(scheduler.stream("storm")(), plain));
    workload.end();
    nemesis.stop();
    note({ is: "calm", at: scheduler.now });
    // Whose clock was set right learns of it when it runs next: from then on silence is measured.
    await workload.pause(RESTART_MS);
    await lookAt(platform, CHANNELS, users);
    await Promise.all(lives);
    const lost = calm ? undefined : vanish(devices, scheduler.stream("vanishing"));
    if (extras.leaves && lost !== undefined) bury(platform, scheduler.stream("burial"), note, () => scheduler.now);
    await workload.gather(devices.filter((device) => device !== lost));
    await workload.pause(SETTLE_MS);
    await workload.outcomes();
    if (extras.encore) await encore();
    await thief.tryAll((name) => events.some((event) => event.is === "fault" && event.name === "service clock" && isPlaceOf(name, objectOf(event.detail))));
    // Whoever hears the last word has everything before it, or was told otherwise.
    await Promise.all(devices.flatMap((device) => CHANNELS.map((name) => device.publish(name, !fleeting.includes(name)))));
    await workload.pause(15_000);
    if (extras.leaves) broken.push(...(await misplaced(platform, CHANNELS, devices)));
    for (const event of await takeStock(platform, CHANNELS, devices, () => scheduler.now)) note(event);
  };
  try {
    let over = false;
    let failure: unknown;
    act().then(
      () => {
        over = true;
      },
      (error: unknown) => {
        failure = error;
        over = true;
      },
    );
    await scheduler.runUntil(STUCK_MS, () => over);
    if (!over) broken.push({ rule: "SM3", what: "the run does not come to its end" });
    if (failure !== undefined) broken.push({ rule: "SM3", what: describe(failure) });
    for (const { where, error, at } of platform.thrown) thrown(`${at.toFixed(0)} ms, ${where}`, error);
    // Where a clock was set, a channel may take itself for long forgotten.
    const clocksWereSet = events.some((event) => event.is === "fault" && event.name === "service clock");
    const { violations } = check(events, clocksWereSet ? { forgottenMs: 0 } : {});
    return {
      violations: [...broken, ...violations],
      events,
      digest: scheduler.digest(),
      steps: scheduler.events,
      trace: scheduler.trace,
      logged: platform.logged,
      objects: platform.hosts.map(placeOf),
    };
  } finally {
    for (const { machine } of devices) machine.switchOff(undefined);
    platform.close();
  }
}

/** In some runs somebody is gone for good in the end: whoever is not there must not be said to be. */
function vanish(devices: readonly Device[], random: () => number): Device | undefined {
  if (random() < 0.5) return undefined;
  const lost = devices[Math.floor(random() * devices.length)];
  lost?.die(random() < 0.5 ? 5_000 * random() : undefined);
  return lost;
}

/** Leaves that had somebody who is gone for good die before they have noticed. */
function bury({ hosts }: Platform, random: () => number, note: (event: RunEvent) => void, now: () => number): void {
  for (const host of hosts) {
    const name = placeOf(host);
    if (!name.startsWith("leaf:") || random() < 0.5) continue;
    note({ is: "fault", at: now(), name: "kill object", detail: name });
    host.crash();
  }
}

const placeOf = ({ name }: { readonly name: string }): string => name.slice(name.indexOf(":") + 1);
/** Whose clock it was. */
const objectOf = (detail = ""): string => detail.slice(0, detail.lastIndexOf(" "));
const describe = (error: unknown): string => (error instanceof Error ? `${error.stack ?? error.message}` : String(error));
