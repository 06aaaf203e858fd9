import { isRung } from "../../../src/domain/call/call-state.ts";
import { isLive } from "../../../src/domain/call/pointers.ts";
import { settleMicrotasks } from "./run.ts";
import { ANSWER, LEASE, REACH, type World } from "./world.ts";

/** Every ring has ended, and every lease. */
const REST = 2 * (REACH + ANSWER + LEASE);

/** The faults end, everybody comes back who can, and time goes on: what has then become of it all. */
export async function aftermath(world: World): Promise<string[]> {
  for (const user of world.users.values()) for (const device of user.devices) if (!device.connected && !device.lost) world.reconnect(user, device);
  const end = world.now + REST;
  for (let turns = 0; ; turns++) {
    if (turns > 2_000) return [...world.faults, `it does not come to rest: ${world.network.underWay.map(({ label }) => label).join(", ")}`];
    await settleMicrotasks();
    if (world.network.underWay.length > 0) world.network.take(0).arrive();
    else if ((world.due() ?? end) < end) world.pass();
    else break;
  }
  world.now = end;
  return [...world.faults, ...unsettled(world), ...apart(world), ...twice(world)];
}

/** Every call is over, or two or more are in it with devices that are there. */
function unsettled(world: World): string[] {
  const faults: string[] = [];
  for (const [name, { kept }] of world.calls) {
    if (kept === undefined || kept.state.end !== undefined) continue;
    if (kept.state.members.some(isRung)) faults.push(`${name} rings for ever: ${JSON.stringify(kept.state.members)}`);
    const joined = kept.state.members.filter(({ state }) => state === "joined");
    if (joined.length < 2) faults.push(`${name} goes on with ${joined.length}`);
    for (const { user, device } of joined) {
      const there = world.users.get(user)?.devices.find(({ id }) => id === device);
      if (there === undefined || there.lost) faults.push(`${name} goes on with ${user}, whose device has vanished`);
    }
  }
  return faults;
}

/** What devices show, and what users' objects remember, is what the calls say. */
function apart(world: World): string[] {
  const faults: string[] = [];
  for (const user of world.users.values()) {
    for (const pointer of user.pointers.values()) {
      const state = world.calls.get(pointer.call)?.kept?.state;
      if (isLive(pointer) && (state === undefined || state.end !== undefined)) faults.push(`${user.name} believes ${pointer.call} goes on`);
    }
    for (const device of user.devices) {
      if (!device.connected) continue;
      if (device.unanswered.length > 0) faults.push(`${user.name} ${device.id} waits for an answer: ${JSON.stringify(device.unanswered)}`);
      for (const [name, { kept }] of world.calls) {
        const shown = device.seen.get(name)?.version;
        // Who comes when it is over need not hear of it.
        if (kept === undefined || (shown === undefined && kept.state.end !== undefined)) continue;
        if (kept.state.members.some((member) => member.user === user.name) && shown !== kept.state.version)
          faults.push(`${user.name} ${device.id} shows ${name} at ${device.seen.get(name)?.version}, it is at ${kept.state.version}`);
      }
    }
  }
  return faults;
}

/** Nobody is in two exclusive calls; and who has given way has done so to a call that was there. */
function twice(world: World): string[] {
  const faults: string[] = [];
  const states = [...world.calls.values()].flatMap(({ kept }) => kept?.state ?? []);
  for (const { name } of world.users.values()) {
    const inCalls = states.filter(
      ({ end, exclusive, members }) => end === undefined && exclusive && members.some(({ user, state }) => user === name && state === "joined"),
    );
    if (inCalls.length > 1) faults.push(`${name} is in ${inCalls.length} exclusive calls`);
  }
  for (const { call, end, into } of states) {
    if (end !== "merged") continue;
    const winner = states.find((state) => state.call === into);
    if (winner === undefined || !winner.answered) faults.push(`${call} gave way to ${into}, which nobody is in`);
    if (into !== undefined && into > call) faults.push(`${call} gave way to the higher id`);
  }
  return faults;
}
