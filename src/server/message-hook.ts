import { applyVerdict, isChecked, parseVerdict } from "../domain/conversation/message-check.ts";
import { InTurn } from "../domain/user/in-turn.ts";
import { CHAT_LIMITS, CHAT_TIMINGS } from "../protocol/chat-limits.ts";
import type { ConversationRef } from "../protocol/conversation-name.ts";
import { type WireError, wireError } from "../protocol/errors.ts";
import type { MessageVerdict } from "../protocol/messages/message-verdict.ts";
import type { UserId } from "../protocol/names.ts";
import type { AppSettings } from "../protocol/settings.ts";
import { err, ok, type Result } from "../util/result.ts";
import type { Env } from "./env.ts";
import { logLine, messageOf } from "./log.ts";
import { readText } from "./read-text.ts";
import { type Hook, signedPost } from "./signed-post.ts";
import { timeScale } from "./time-scale.ts";
import type { Call } from "./trust.ts";

export interface Passed {
  readonly call: Call;
  /** It says something else than what was sent. */
  readonly replaced: boolean;
}

/** As much of an app's settings as says whom to ask, and what his silence means. */
export type HookSettings = Pick<AppSettings, "messageHookUrl" | "messageHookSecret" | "messageHookTimeoutMs" | "messageHookFailure">;

/** Who says it, and where. */
export interface Saying {
  readonly from: UserId;
  readonly conversation: ConversationRef | { readonly type: "room"; readonly id: string };
}

export interface HookPorts {
  readonly env: Env;
  readonly app: string;
  now(): number;
}

/** Asks the app's own server about what its users are about to say: whether it may be said, and whether so. In the order of each line. */
export class MessageHook {
  readonly #ports: HookPorts;
  readonly #waiting: number;
  readonly #turns: InTurn;

  /** `waiting`: so many may wait for a word at once. */
  constructor(ports: HookPorts, waiting: number) {
    this.#ports = ports;
    this.#waiting = waiting;
    this.#turns = new InTurn(waiting);
  }

  /** At once, where nobody has to be asked. What has the same `line` keeps its order. */
  pass(saying: Saying, line: string, call: Call, settings: HookSettings): Result<Passed, WireError> | Promise<Result<Passed, WireError>> {
    const { messageHookUrl, messageHookSecret } = settings;
    const asked = isChecked(call) && messageHookUrl && messageHookSecret !== undefined;
    // What is not asked about must not overtake what is: a recall comes after its message.
    if (!asked && !this.#turns.isBusy(line)) return ok({ call, replaced: false });
    const work = async (): Promise<Result<Passed, WireError>> => {
      if (!asked) return ok({ call, replaced: false });
      const verdict = await this.#ask({ url: messageHookUrl, secret: messageHookSecret }, saying, call, settings);
      if (verdict === undefined) return settings.messageHookFailure === "refuse" ? err(UNASKED) : ok({ call, replaced: false });
      const applied = applyVerdict(call.op, call.input, verdict);
      return applied.ok ? ok({ call: { ...call, input: applied.value.input }, replaced: applied.value.replaced }) : applied;
    };
    return this.#turns.run(line, work) ?? err(wireError("overloaded", { limit: this.#waiting, message: "too many messages wait for the app's word" }));
  }

  /** Undefined: there is no word. */
  async #ask(hook: Hook, saying: Saying, call: Call, settings: HookSettings): Promise<MessageVerdict | undefined> {
    const { env, app } = this.#ports;
    const { key, seq, id, content, ext, text, at, online, receivers, mentions } = call.input;
    const said = { key, seq, id, content, ext, text, at, online, receivers, mentions };
    const timeoutMs = (settings.messageHookTimeoutMs ?? CHAT_TIMINGS.hookMs) * timeScale(env);
    const answer = await signedPost(env, hook, { type: call.op, app, sentAt: this.#ports.now(), ...saying, ...said }, timeoutMs);
    if (typeof answer === "string") return this.#failed(answer);
    try {
      const verdict = parseVerdict(await readText(answer, CHAT_LIMITS.hookAnswerBytes));
      return verdict ?? this.#failed("its answer is no verdict");
    } catch (error) {
      return this.#failed(messageOf(error));
    }
  }

  #failed(message: string): undefined {
    logLine("message-hook.failed", { app: this.#ports.app, message });
  }
}

const UNASKED = wireError("unavailable", { field: "content", message: "the app, which is asked before, does not answer" });
