import { once } from "node:events";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { pause } from "../../bench/load/parallel.ts";
import { calls } from "../../src/client/call/index.ts";
import { type Client, connect } from "../../src/client/index.ts";
import { LIMITS, TIMINGS } from "../../src/protocol/limits.ts";
import type { Violation } from "../check/invariant.ts";
import type { Experiment } from "../experiment.ts";
import { residentMb } from "./support/series.ts";
import { type Address, rest, startService, tokenOf } from "./support/service.ts";
import { spreadOf } from "./support/spread.ts";

const RULE = "HX13";
const CALL_EVERY_MS = 250;
const SAY_EVERY_MS = 25;
/** Nobody of these is ever there, so each call asks the hook. */
const ABSENT = 50;
const SLACK_MS = 15;
const MEMORY_MB = 64;
/** Attempts, their time-outs and the pauses between them, of both things that a call has to say, one after the other; and what a busy machine takes. */
const GIVEN_UP_MS = 2 * (LIMITS.pushAttempts * TIMINGS.pushTimeoutMs + TIMINGS.pushRetryMs * (2 ** (LIMITS.pushAttempts - 1) - 1));
const SLOW_MACHINE_MS = 10_000;

export interface HookOptions {
  /** Beside a hook that hangs, acknowledgements take so many times as long as beside one that answers, at most; or some ms more. */
  readonly ratio: number;
  /** Of the service's times. */
  readonly timeScale: number;
}

/** An app's push hook that takes each request and never answers: calls and messages must not notice. */
export const hangingHook = ({ ratio, timeScale }: HookOptions): Experiment => ({
  name: "hanging-hook",
  title:
    "an app's push hook takes every request and answers none: calls ring and end, messages are as quick as ever, and each push is given up after its attempts",
  run: async ({ directory, seconds, say }) => {
    const hook = await startHook();
    const service = await startService({
      directory,
      variables: { WIGWAG_TIME_SCALE: String(timeScale) },
      settings: { pushHookUrl: hook.url, pushHookSecret: "a-secret-of-the-app-s-own" },
    });
    const violations: Violation[] = [];
    const wrong = (what: string): void => void violations.push({ rule: RULE, what });
    const clients: Client[] = [];
    const enter = async (user: string): Promise<Client> => {
      const client = await connect({ url: service.url, app: service.app, user, device: "d", token: () => tokenOf(service, user) });
      client.on("error", () => {});
      clients.push(client);
      return client;
    };
    try {
      const caller = await enter("caller");
      const channel = await (await enter("writer")).join("beside");
      const phase = async (forMs: number) => {
        const acks: number[] = [];
        const rang: number[] = [];
        const until = performance.now() + forMs;
        const speaks = (async () => {
          while (performance.now() < until) {
            const from = performance.now();
            await channel.publish("beside");
            acks.push(performance.now() - from);
            await pause(SAY_EVERY_MS);
          }
        })();
        let number = 0;
        while (performance.now() < until) {
          const from = performance.now();
          const call = calls(caller).invite(`absent-${number++ % ABSENT}`);
          await placed(service, call);
          rang.push(performance.now() - from);
          await call.leave();
          await pause(CALL_EVERY_MS);
        }
        await speaks;
        return { acks: spreadOf(acks), rang: spreadOf(rang), calls: rang.length, messages: acks.length };
      };
      const well = await phase((seconds * 1000) / 3);
      const answered = hook.requests;
      if (answered === 0) wrong("the hook was never asked");
      const before = residentMb(service.server.pid);
      hook.hangs = true;
      const ill = await phase((seconds * 1000 * 2) / 3);
      const most = hook.openMost;
      const asked = hook.requests - answered;
      const slow = (what: string, was: number, is: number): void => {
        if (is > Math.max(was * ratio, was + SLACK_MS)) wrong(`${what}: ${is.toFixed(1)} ms beside a hook that hangs, ${was.toFixed(1)} ms before`);
      };
      slow("half of all acknowledgements", well.acks.p50, ill.acks.p50);
      slow("half of all invitations", well.rang.p50, ill.rang.p50);
      const endedAt = performance.now();
      const givenUpMsMost = GIVEN_UP_MS * timeScale + SLOW_MACHINE_MS;
      while (hook.open > 0 && performance.now() - endedAt < givenUpMsMost) await pause(100);
      const givenUpMs = performance.now() - endedAt;
      if (hook.open > 0) wrong(`${hook.open} requests to the hook are still open, ${givenUpMsMost / 1000} s after the last call`);
      const rise = residentMb(service.server.pid) - before;
      if (rise > MEMORY_MB) wrong(`the server's memory has risen by ${rise.toFixed(0)} MB`);
      // A call has two pushes: that it rings, and that it has been cancelled.
      const attemptsMost = 2 * ill.calls * LIMITS.pushAttempts;
      if (asked > attemptsMost) wrong(`the hook was asked ${asked} times for ${ill.calls} calls`);
      hook.hangs = false;
      const well2 = hook.requests;
      const call = calls(caller).invite("absent-again");
      await placed(service, call);
      await pause(1_000);
      await call.leave();
      if (hook.requests === well2) wrong("the hook is not asked any more, now that it answers");
      say(`${ill.calls} calls beside a hook that hangs: ${asked} requests, ${most} open at most`);
      return {
        figures: {
          "calls beside a hook that answers": well.calls,
          "calls beside one that hangs": ill.calls,
          "requests that hung": asked,
          "open at a time, at most": most,
          "acknowledged within ms, median, before": rounded(well.acks.p50),
          "acknowledged within ms, median, while it hangs": rounded(ill.acks.p50),
          "acknowledged within ms, 95 of 100, before": rounded(well.acks.p95),
          "acknowledged within ms, 95 of 100, while it hangs": rounded(ill.acks.p95),
          "invited within ms, median, before": rounded(well.rang.p50),
          "invited within ms, median, while it hangs": rounded(ill.rang.p50),
          "s after the last call until no request is open": Math.round(givenUpMs / 1000),
          "memory, MB more": Math.round(rise),
        },
        violations,
      };
    } finally {
      for (const client of clients) client.close();
      hook.stop();
      await service.server.kill();
    }
  },
});

export const HANGING_HOOK = hangingHook({ ratio: 2, timeScale: 1 });

const rounded = (value: number): number => Math.round(value * 10) / 10;

/** The service knows the call. */
async function placed(
  service: Address,
  call: { readonly id: string; readonly phase: string; on(name: "changed", listener: () => void): () => void },
): Promise<void> {
  for (let waited = 0; waited < 10_000; waited += 5) {
    const { status } = await rest(service, "GET", `/v1/calls/${call.id}`);
    if (status === 200) return;
    await pause(5);
  }
  throw new Error(`call ${call.id} was never placed`);
}

async function startHook() {
  const sockets = new Set<Socket>();
  const hook = {
    url: "",
    hangs: false,
    requests: 0,
    open: 0,
    openMost: 0,
    stop(): void {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  const server = createServer((request, response) => {
    hook.requests += 1;
    request.resume();
    if (!hook.hangs) return void response.writeHead(200).end();
    hook.open += 1;
    hook.openMost = Math.max(hook.openMost, hook.open);
    response.on("close", () => {
      hook.open -= 1;
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("a server that listens has an address");
  hook.url = `http://127.0.0.1:${address.port}/push`;
  return hook;
}
