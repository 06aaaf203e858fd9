import { type Call, calls } from "../../../src/client/call/index.ts";
import type { Client } from "../../../src/client/index.ts";
import type { Recorder } from "../../record/recorder.ts";
import { accept, noteCall } from "../../record/witness.ts";
import { pause, type Stage } from "./stage.ts";

const BETWEEN_MS = 700;
const TALK_MS = 600;
/** Of all calls so many are given up while they ring, and of those that ring so many are let ring for a while, or refused. */
const GIVEN_UP = 0.4;
const LET_RING = 0.5;
const REFUSED = 0.2;
const RING_MS = 400;
/** A call that nothing becomes of is left alone after this. */
const PATIENCE_MS = 20_000;

/** Answers, or refuses now and then, whatever rings; and calls others. */
export async function callOn(stage: Stage, recorder: Recorder, client: Client, others: readonly string[]): Promise<void> {
  const phone = calls(client);
  phone.on("changed", (call) => noteCall(recorder, call));
  phone.on("incoming", (call) => void answer(stage, recorder, call));
  while (stage.running && others.length > 0) {
    await stage.moment(BETWEEN_MS);
    const to = others[Math.floor(stage.random() * others.length)];
    if (to === undefined || phone.live.length > 0 || client.state !== "connected") continue;
    const call = phone.invite(to, { exclusive: true });
    if (stage.random() < GIVEN_UP) void stage.moment(RING_MS).then(() => call.leave().catch(() => {}));
    await stage.under(ended(call));
  }
  await stage.under(Promise.allSettled(phone.live.map((call) => call.leave())));
}

async function answer(stage: Stage, recorder: Recorder, call: Call): Promise<void> {
  // By the call, not by the device: either all devices of this user answer at once, or all let it ring.
  if (Number.parseInt(call.id.slice(0, 4), 16) / 0x1_0000 < LET_RING) await pause(3 * RING_MS);
  const told = stage.random() < REFUSED ? call.refuse("later") : accept(recorder, call);
  await stage.under(told).catch(() => {});
  await stage.moment(TALK_MS);
  // Another device of this user may have been first: the call is not ours to end.
  if (call.joinedHere) await stage.under(call.leave()).catch(() => {});
}

async function ended(call: Call): Promise<void> {
  const over = new Promise<void>((resolve) => call.on("ended", () => resolve()));
  if (call.phase === "ended") return;
  await Promise.race([over, pause(PATIENCE_MS)]);
  await call.leave().catch(() => {});
}
