import { impatient } from "../../../src/client/impatient/index.ts";
import { connect } from "../../../src/client/index.ts";
import { buildToken } from "../../../src/client/token.ts";
import { Recorder } from "../../record/recorder.ts";
import { CALL_MS, CHANNEL, machineNow, type SpeakerJob } from "./job.ts";
import type { Note, Voice } from "./speaker.ts";

/** Nothing is lost yet when they log in, and the machine may be busy. */
const LOGIN_MS = 60_000;

/** A user with the SDK, in a channel. */
export async function sdkVoice({ contender, url, app, certificate }: SpeakerJob, user: string, note: Note): Promise<Voice> {
  const recorder = new Recorder({ device: `${user}/d`, note, now: machineNow });
  const { transport, timings } = contender === "impatient" ? impatient() : {};
  const client = await connect({
    url,
    app,
    user,
    device: "d",
    token: () => buildToken({ appId: app, certificate, userId: user, expireSeconds: 3_600 }),
    ...(transport && { transport }),
    timings: { ...timings, loginTimeoutMs: LOGIN_MS },
  });
  // Without a network no connection can be made: that is what this is about.
  client.on("error", () => {});
  recorder.watch(client);
  const channel = await client.join(CHANNEL);
  recorder.follow(channel);
  return {
    publish: () => recorder.publish(channel, CHANNEL, { timeoutMs: CALL_MS }),
    send: (to) => recorder.send(client, to, { timeoutMs: CALL_MS }),
    end: () => client.close(),
  };
}
