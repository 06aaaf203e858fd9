import { countAll, type Order, take } from "../../../domain/history/merge.ts";
import { checkInput } from "../../../protocol/check-input.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { sealQuestion, unsealQuestion } from "../../access/authenticate.ts";
import type { AgoraRequest, Answer } from "./door.ts";
import { type HistoryQuestion, historyFilter, historyQuestion, sealedQuestion } from "./history-filter.ts";
import { countAt, placesOf, rtmMessage, sourceOf } from "./history-sources.ts";

/** RTM 1.x: its documents name both orders as the default; the newer ones this. */
const DEFAULTS = { offset: 0, limit: 20, order: "asc" };

/** Takes a question, and gives a handle to fetch its answer by. The handle is the question itself, signed: nothing is kept. */
export async function askHistory(request: AgoraRequest): Answer {
  const body = await request.body();
  if (!body.ok) return body;
  const question = checkInput(historyQuestion, { ...DEFAULTS, ...body.value });
  if (!question.ok) return question;
  const allowed = placesOf(request, question.value.filter);
  if (!allowed.ok) return allowed;
  const { env, visitor, nowMs } = request;
  const handle = await sealQuestion(env, { app: visitor.app.id, until: nowMs + LIMITS.restHistoryHandleMs, question: question.value });
  if (!handle.ok) return handle;
  const { offset, limit, order } = question.value;
  return ok({ offset, limit, order, location: `~/rtm/message/history/query/${handle.value}` });
}

/** Never "in progress": the answer is worked out while one waits. */
export async function fetchHistory(request: AgoraRequest): Answer {
  const question = await questionIn(request);
  if (!question.ok) return question;
  const { filter, offset, limit } = question.value;
  const places = placesOf(request, filter);
  if (!places.ok) return places;
  const order: Order = question.value.order === "asc" ? "oldest-first" : "newest-first";
  const found = await take(sourceOf(request, filter, places.value, order), offset, limit);
  return found.ok ? ok({ code: "ok", messages: found.value.map(rtmMessage) }) : err(tookTooLong(found.error));
}

export async function countHistory(request: AgoraRequest): Answer {
  const filter = checkInput(historyFilter, Object.fromEntries(request.query));
  if (!filter.ok) return filter;
  const places = placesOf(request, filter.value);
  if (!places.ok) return places;
  let count = 0;
  const parts =
    places.value === "sent"
      ? [countAll(sourceOf(request, filter.value, "sent", "oldest-first"))]
      : places.value.map((place) => countAt(request, filter.value, place));
  for (const part of await Promise.all(parts)) {
    if (!part.ok) return err(tookTooLong(part.error));
    count += part.value;
  }
  return ok({ code: "ok", count });
}

async function questionIn({ env, visitor, nowMs, param }: AgoraRequest): Promise<Result<HistoryQuestion, WireError>> {
  const gone = err(wireError("gone", { field: "handle", message: "handle: ask again" }));
  const unsealed = await unsealQuestion(env, param("handle"));
  if (!unsealed.ok) return unsealed.error.code === "unavailable" ? unsealed : gone;
  const sealed = sealedQuestion.safeParse(unsealed.value);
  return sealed.success && sealed.data.app === visitor.app.id && sealed.data.until >= nowMs ? ok(sealed.data.question) : gone;
}

/** RTM 1.x says 408 where an answer takes too much. */
const tookTooLong = (error: WireError): WireError => (error.code === "limit_exceeded" ? { ...error, code: "timeout" } : error);
