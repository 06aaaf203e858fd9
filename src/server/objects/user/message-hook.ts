import { applyVerdict, isChecked, parseVerdict } from "../../../domain/conversation/message-check.ts";
import { InTurn } from "../../../domain/user/in-turn.ts";
import { CHAT_LIMITS, CHAT_TIMINGS } from "../../../protocol/chat-limits.ts";
import { type ConversationRef, refKey } from "../../../protocol/conversation-name.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import type { MessageVerdict } from "../../../protocol/messages/message-verdict.ts";
import type { BroughtSettings } from "../../../protocol/settings.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { logLine, messageOf } from "../../log.ts";
import { readText } from "../../read-text.ts";
import { signedPost } from "../../signed-post.ts";
import { timeScale } from "../../time-scale.ts";
import type { Call } from "../../trust.ts";
import type { Home } from "./home.ts";

export interface Passed {
  readonly call: Call;
  /** It says something else than what was sent. */
  readonly replaced: boolean;
}

/** Asks the app's own server about what its users are about to say: whether it may be said, and whether so. In each conversation's order. */
export class MessageHook {
  readonly #home: Home;
  readonly #turns = new InTurn(CHAT_LIMITS.hookWaiting);

  constructor(home: Home) {
    this.#home = home;
  }

  /** At once, where nobody has to be asked. */
  pass(ref: ConversationRef, call: Call, settings: BroughtSettings): Result<Passed, WireError> | Promise<Result<Passed, WireError>> {
    const { messageHookUrl, messageHookSecret } = settings;
    const key = refKey(ref);
    const asked = isChecked(call) && messageHookUrl && messageHookSecret !== undefined;
    // What is not asked about must not overtake what is: a recall comes after its message.
    if (!asked && !this.#turns.isBusy(key)) return ok({ call, replaced: false });
    const work = async (): Promise<Result<Passed, WireError>> => {
      if (!asked) return ok({ call, replaced: false });
      const verdict = await this.#ask({ url: messageHookUrl, secret: messageHookSecret }, ref, call, settings);
      if (verdict === undefined) return settings.messageHookFailure === "refuse" ? err(UNASKED) : ok({ call, replaced: false });
      const applied = applyVerdict(call.op, call.input, verdict);
      return applied.ok ? ok({ call: { ...call, input: applied.value.input }, replaced: applied.value.replaced }) : applied;
    };
    return this.#turns.run(key, work) ?? err(wireError("overloaded", { limit: CHAT_LIMITS.hookWaiting, message: "too many messages wait for the app's word" }));
  }

  /** Undefined: there is no word. */
  async #ask(hook: { url: string; secret: string }, conversation: ConversationRef, call: Call, settings: BroughtSettings): Promise<MessageVerdict | undefined> {
    const { env, app, user } = this.#home;
    const { key, seq, content, ext, text, at, online, receivers, mentions } = call.input;
    const said = { key, seq, content, ext, text, at, online, receivers, mentions };
    const timeoutMs = (settings.messageHookTimeoutMs ?? CHAT_TIMINGS.hookMs) * timeScale(env);
    const answer = await signedPost(env, hook, { type: call.op, app, sentAt: this.#home.now(), from: user, conversation, ...said }, timeoutMs);
    if (typeof answer === "string") return this.#failed(answer);
    try {
      const verdict = parseVerdict(await readText(answer, CHAT_LIMITS.hookAnswerBytes));
      return verdict ?? this.#failed("its answer is no verdict");
    } catch (error) {
      return this.#failed(messageOf(error));
    }
  }

  #failed(message: string): undefined {
    logLine("message-hook.failed", { app: this.#home.app, message });
  }
}

const UNASKED = wireError("unavailable", { field: "content", message: "the app, which is asked before, does not answer" });
