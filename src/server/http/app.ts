import { Hono } from "hono";
import { wireError } from "../../protocol/errors.ts";
import { PROTOCOL_VERSION } from "../../protocol/version.ts";
import type { Env } from "../env.ts";
import { VERSION } from "../version.ts";
import { agoraRtm } from "./agora-rtm/app.ts";
import { docs } from "./docs.ts";
import { errorReply, faultReply } from "./errors.ts";
import { rest } from "./rest.ts";
import { demoCrowd } from "./routes/demo-crowd.ts";
import { demoToken } from "./routes/demo-token.ts";
import { sockets } from "./socket.ts";

export const app = new Hono<{ Bindings: Env }>();

app.get("/health", (c) => c.json({ status: "ok", version: VERSION, protocol: PROTOCOL_VERSION }, 200, { "cache-control": "no-store" }));
// Before REST, whose middleware would rebuild the answer and lose its socket.
app.route("/", sockets);
app.route("/", rest);
app.route("/", agoraRtm);
app.route("/", docs);
app.route("/", demoToken);
app.route("/", demoCrowd);
app.notFound(() => errorReply(wireError("not_found", { message: "There is nothing at this address." })));
app.onError((error) => faultReply(error));
