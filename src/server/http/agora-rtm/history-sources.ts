import { mayRead } from "../../../domain/access/rights.ts";
import { type Found, type FoundText, Merged, type Order, type Source } from "../../../domain/history/merge.ts";
import { type Destination, destinationOf, historyStream } from "../../../domain/history/streams.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { channelHistory, userHistory } from "../../../protocol/operations/history.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { historyDatabases } from "../../history/pages.ts";
import { ReadBudget, SentMessages } from "../../history/sent.ts";
import type { Caller } from "../../trust.ts";
import { type AgoraRequest, type Fields, run } from "./door.ts";
import type { HistoryFilter } from "./history-filter.ts";

/** Where the answer is: at the streams a destination names, which may be a user, a channel or both; or at whatever the source has sent to. */
export function placesOf({ visitor: { caller } }: AgoraRequest, { source, destination }: HistoryFilter): Result<readonly Destination[] | "sent", WireError> {
  const own = caller.kind === "server" || source === caller.user;
  if (destination === undefined) return own ? ok("sent") : forbidden;
  const places: Destination[] = [];
  if (own || (caller.kind === "user" && destination === caller.user)) places.push({ user: destination });
  if (caller.kind === "server" || mayRead(caller.rights, "messageChannels", destination)) places.push({ channel: { type: "message", name: destination } });
  return places.length === 0 ? forbidden : ok(places);
}

const forbidden = err(wireError("forbidden", { field: "filter", message: "filter: the token does not allow to read this" }));

/** The door has decided: what is read below is read as by a server. */
const asServer = (app: string): Caller => ({ kind: "server", app });

export const rangeOf = ({ start_time, end_time }: HistoryFilter): { from: number; to: number } => ({
  from: Date.parse(start_time),
  to: Date.parse(end_time) + 1,
});

export function sourceOf(request: AgoraRequest, filter: HistoryFilter, places: readonly Destination[] | "sent", order: Order): Source {
  const budget = new ReadBudget();
  if (places !== "sent")
    return new Merged(
      places.map((place) => new StreamTexts(request, filter, place, order, budget)),
      order,
    );
  const { visitor, nowMs } = request;
  const { from, to } = rangeOf(filter);
  // Nothing is older, and nothing comes from the future but by another clock.
  const bounded = { from: Math.max(from, nowMs - visitor.settings.historyAgeMs), to: Math.min(to, nowMs + LIMITS.clockSkewMs) };
  const query = { app: visitor.app.id, sender: filter.source ?? "", ...bounded, order, wants: (stream: string) => rtmPlace(stream) !== undefined };
  return new Merged(
    historyDatabases(request.env.DB).map((db) => new SentMessages(db, query, budget)),
    order,
  );
}

/** One stream's texts, by the catalogue's own operation: what waits for export included. */
class StreamTexts implements Source {
  readonly #request: AgoraRequest;
  readonly #place: Destination;
  readonly #input: Fields;
  readonly #budget: ReadBudget;
  #cursor: string | undefined;
  #more = true;

  constructor(request: AgoraRequest, filter: HistoryFilter, place: Destination, order: Order, budget: ReadBudget) {
    this.#request = request;
    this.#place = place;
    this.#budget = budget;
    this.#input = { ...place, ...rangeOf(filter), ...(filter.source === undefined ? {} : { sender: filter.source }), text: true, order };
  }

  async next(): Promise<Found> {
    if (!this.#more) return ok(undefined);
    const refused = this.#budget.spend(1);
    if (refused !== undefined) return err(refused);
    const [operation, { app }] = ["user" in this.#place ? userHistory : channelHistory, this.#request.visitor];
    const input = this.#cursor === undefined ? this.#input : { ...this.#input, cursor: this.#cursor };
    const answer = await run(this.#request, operation.name, input, asServer(app.id));
    if (!answer.ok) return answer;
    const { messages, next } = operation.output.parse(answer.value);
    this.#cursor = next;
    this.#more = next !== undefined;
    const stream = historyStream(this.#place);
    return ok(messages.flatMap(({ seq, from, ts, data }) => (typeof data === "string" ? [{ stream, seq, from, ts, data }] : [])));
  }
}

export async function countAt(request: AgoraRequest, filter: HistoryFilter, place: Destination): Promise<Result<number, WireError>> {
  const input = { ...place, ...rangeOf(filter), ...(filter.source === undefined ? {} : { sender: filter.source }), text: true };
  const answer = await run(request, "user" in place ? "user.history-count" : "channel.history-count", input, asServer(request.visitor.app.id));
  return answer.ok ? ok(Number(answer.value.count)) : answer;
}

/** RTM 1.x knows peers and channels; it has no stream channels. */
function rtmPlace(stream: string): { dst: string; message_type: "peer_message" | "channel_message" } | undefined {
  const to = destinationOf(stream);
  if (to === undefined) return undefined;
  if ("user" in to) return { dst: to.user, message_type: "peer_message" };
  return to.channel.type === "message" ? { dst: to.channel.name, message_type: "channel_message" } : undefined;
}

/** `ts` is what older documents call `ms`. */
export const rtmMessage = ({ stream, from, ts, data }: FoundText): Fields => ({ src: from, ...rtmPlace(stream), payload: data, ms: ts, ts });
