// The same as CommonJS, as older programs have it: compiled, not run.
import AgoraRTM = require("wigwag/rtm");

import byDefault, { createInstance, type RtmClient } from "wigwag/rtm";

const client: AgoraRTM.RtmClient = AgoraRTM.createInstance("a".repeat(32));
const same: RtmClient = createInstance("a".repeat(32));
client.on("ConnectionStateChanged", (state: AgoraRTM.RtmStatusCode.ConnectionState) => state === byDefault.ConnectionState.ABORTED);
same.on("MessageFromPeer", (message: AgoraRTM.RtmMessage, peerId) => console.log(message.messageType, peerId));
// @ts-expect-error There is no such call.
AgoraRTM.createNothing();
