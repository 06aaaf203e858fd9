import { randomBytes } from "node:crypto";
import { inParallel } from "../../../bench/load/parallel.ts";
import { type Address, tokenOf } from "../support/service.ts";
import { type Admission, admission, enter, tryChannel, tryRest, trySession, type Verdict } from "./doors.ts";
import { altered, cut, forgedTokens, goodTokens } from "./tokens.ts";

/** Doors tried at a time. */
const AT_ONCE = 8;
const REFUSED_TICKET = [4101, 4210] as const;
/** Or, where no database says which apps there are, that it cannot be known. */
const APP_UNKNOWN = [4202, 4003] as const;

/** One attempt at one door, and what came of it. */
export interface Attempt {
  readonly door: "session" | "channel" | "rest";
  readonly what: string;
  readonly wanted: readonly Verdict[];
  readonly verdict: Verdict;
}

interface Plan {
  readonly door: Attempt["door"];
  readonly what: string;
  readonly wanted: readonly Verdict[];
  readonly attempt: () => Promise<Verdict>;
}

/** Tries them all. `step`: every so manieth character of a token is altered, and cut at. */
export async function tryForgeries(address: Address, step: number): Promise<Attempt[]> {
  const user = `owner-${randomBytes(4).toString("hex")}`;
  const plans = [...(await controls(address, user)), ...(await withTokens(address, user, step)), ...(await withTickets(address, user, step))];
  const attempts: Attempt[] = [];
  await inParallel(plans.length, AT_ONCE, async (index) => {
    const plan = plans[index];
    if (plan !== undefined) attempts.push({ door: plan.door, what: plan.what, wanted: plan.wanted, verdict: await plan.attempt() });
  });
  return [...attempts, ...(await withStolenTickets(address, user))];
}

export const isRefusedRight = ({ wanted, verdict }: Attempt): boolean => wanted.includes(verdict);

/** Good ones, which must open: a door that refuses everything proves nothing. */
async function controls(address: Address, user: string): Promise<Plan[]> {
  return goodTokens(address, user).flatMap(([what, token]): Plan[] => [
    { door: "session", what: `good: ${what}`, wanted: ["open"], attempt: () => trySession(address, user, token) },
    { door: "rest", what: `good: ${what}`, wanted: ["open"], attempt: () => tryRest(address, user, token) },
  ]);
}

async function withTokens(address: Address, user: string, step: number): Promise<Plan[]> {
  const good = await tokenOf(address, user);
  const forged = await forgedTokens(address, user, step);
  return [
    { door: "session", what: "nothing", wanted: [4201], attempt: () => trySession(address, user, undefined) },
    { door: "session", what: "an app nobody has", wanted: APP_UNKNOWN, attempt: () => trySession(address, user, good, "f".repeat(32)) },
    ...forged.map(({ what, secret, closes }): Plan => ({ door: "session", what, wanted: closes, attempt: () => trySession(address, user, secret) })),
    // A header's value cannot be empty.
    ...forged.map(({ what, secret, errors }): Plan => ({ door: "rest", what, wanted: errors, attempt: () => tryRest(address, user, secret) })),
  ];
}

/** A ticket of one's own, altered, or for something else. */
async function withTickets(address: Address, user: string, step: number): Promise<Plan[]> {
  const client = await enter(address, user, await tokenOf(address, user));
  const { path, ticket } = await admission(client, "mine");
  const other = await admission(client, "another");
  const plan = (what: string, at: string, secret: string | undefined): Plan => ({
    door: "channel",
    what,
    wanted: REFUSED_TICKET,
    attempt: () => tryChannel(address, at, secret),
  });
  return [
    { door: "channel", what: "good", wanted: ["open"], attempt: () => tryChannel(address, path, ticket) },
    plan("nothing", path, undefined),
    plan("the ticket of another channel", path, other.ticket),
    plan("with another user's name", path.replace(`user=${user}`, "user=somebody"), ticket),
    plan("with another device's name", path.replace("device=owner", "device=thief"), ticket),
    plan("for a channel of another type", path.replace("type=message", "type=stream"), ticket),
    plan("the token", path, await tokenOf(address, user)),
    ...altered(ticket, step).map((secret, index) => plan(`altered, ${index}`, path, secret)),
    ...cut(ticket, step).map((secret) => plan(`cut to ${secret.length}`, path, secret)),
  ];
}

/** Tickets that were good until their login ended. */
async function withStolenTickets(address: Address, user: string): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  const use = async (what: string, { path, ticket }: Admission): Promise<void> => {
    attempts.push({ door: "channel", what, wanted: REFUSED_TICKET, verdict: await tryChannel(address, path, ticket) });
  };
  const login = async (device: string) => enter(address, user, await tokenOf(address, user), device);
  const gone = await login("gone");
  const afterLogout = await admission(gone, "mine");
  await gone.ok("session.logout", {});
  await use("after the logout", afterLogout);
  const first = await login("again");
  const stolen = await admission(first, "mine");
  await first.ok("session.logout", {});
  await login("again");
  await use("of an earlier login of the device", stolen);
  return attempts;
}
