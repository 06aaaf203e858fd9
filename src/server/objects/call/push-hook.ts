import type { CallPush } from "../../../domain/call/pushes.ts";
import { LIMITS, TIMINGS } from "../../../protocol/limits.ts";
import type { Env } from "../../env.ts";
import { logLine } from "../../log.ts";
import { type Hook, signedPost } from "../../signed-post.ts";
import { timeScale } from "../../time-scale.ts";
import type { CallFacts } from "./call-store.ts";

/**
 * Says to the app's own server that a call rings somebody who has no device here, so that it may wake one. What cannot be said is
 * logged: a call never waits for it.
 */
export class PushHook {
  readonly #env: Env;
  readonly #scale: number;

  constructor(env: Env) {
    this.#env = env;
    this.#scale = timeScale(env);
  }

  async send({ app, hook }: CallFacts, { until, ...push }: CallPush): Promise<void> {
    if (hook === undefined) return;
    for (let attempt = 1; attempt <= LIMITS.pushAttempts; attempt++) {
      const at = Date.now();
      // Too late to wake anybody.
      if (until !== undefined && at >= until) return;
      const failure = await this.#post(hook, { ...push, app, at, ...(until === undefined ? {} : { ttlSeconds: Math.ceil((until - at) / 1000) }) });
      if (failure === undefined) return;
      logLine("call.push-failed", { app, call: push.call, type: push.type, attempt, message: failure });
      if (attempt < LIMITS.pushAttempts) await new Promise((resume) => setTimeout(resume, TIMINGS.pushRetryMs * this.#scale * 2 ** (attempt - 1)));
    }
  }

  /** Undefined when it was taken. */
  async #post(hook: Hook, push: object): Promise<string | undefined> {
    const answer = await signedPost(this.#env, hook, push, TIMINGS.pushTimeoutMs * this.#scale);
    if (typeof answer === "string") return answer;
    await answer.body?.cancel().catch(() => {});
    return undefined;
  }
}
