import { Hono } from "hono";
import { cors } from "hono/cors";
import { wireError } from "../../../protocol/errors.ts";
import type { Env } from "../../env.ts";
import { logLine, messageOf } from "../../log.ts";
import { door } from "./door.ts";
import { channelEvents, userEvents } from "./events.ts";
import { askHistory, countHistory, fetchHistory } from "./history.ts";
import { sendChannelMessage, sendPeerMessage } from "./messages.ts";
import { failed } from "./replies.ts";

const PROJECT = "/dev/v2/project/:app/rtm";

/** RTM 1.x over REST, as servers of its apps call it: translations onto the catalogue, which keeps the rules. */
export const agoraRtm = new Hono<{ Bindings: Env }>();

agoraRtm.use(
  "/dev/v2/*",
  cors({ origin: "*", allowHeaders: ["authorization", "content-type", "x-agora-token", "x-agora-uid"], exposeHeaders: ["retry-after"], maxAge: 86_400 }),
);

// RTM 1.x: its documentation prints the path both ways.
agoraRtm.post(`${PROJECT}/users/:user/peer_messages`, door("send", sendPeerMessage));
agoraRtm.post(`${PROJECT}/users/:user/peer_message`, door("send", sendPeerMessage));
agoraRtm.post(`${PROJECT}/users/:user/channel_messages`, door("send", sendChannelMessage));
agoraRtm.get(`${PROJECT}/vendor/user_events`, door("events", userEvents));
agoraRtm.get(`${PROJECT}/vendor/channel_events`, door("events", channelEvents));
agoraRtm.post(`${PROJECT}/message/history/query`, door("history", askHistory));
agoraRtm.get(`${PROJECT}/message/history/query/:handle`, door("history", fetchHistory));
agoraRtm.get(`${PROJECT}/message/history/count`, door("history", countHistory));

agoraRtm.all("/dev/v2/*", () => failed(wireError("not_found", { message: "There is nothing at this address; paths are case-sensitive." })));
agoraRtm.onError((error) => {
  logLine("http.fault", { message: messageOf(error) });
  return failed(wireError("internal"));
});
