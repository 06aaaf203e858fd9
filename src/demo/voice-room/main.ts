import { webSocketTransport } from "../../client/index.ts";
import AgoraRTM from "../../rtm/index.ts";
import { byId } from "../shared/dom.ts";
import { Login } from "../shared/login.ts";
import { NetworkSwitch } from "../shared/network-switch.ts";
import { switchedWebSocket } from "../shared/switched-web-socket.ts";
import { Toast } from "../shared/toast.ts";
import { problemWithName } from "./names.ts";
import { VoiceRoom } from "./room.ts";
import { Burst } from "./view/burst.ts";
import { Page } from "./view/page.ts";

/** A voice room as programs for RTM 1.x build them: attributes of a channel for seats, call invitations to the stage. */
const network = new NetworkSwitch(webSocketTransport(WebSocket));
// Only the switch "Online" needs this: the page's own socket would do.
AgoraRTM.setParameter("WIGWAG_WEBSOCKET", switchedWebSocket(network));

const toast = new Toast(byId("toast", HTMLElement));
const burst = new Burst(byId("burst", HTMLElement), byId("seats", HTMLElement));

const login = new Login(async (user, name) => {
  let page: Page | undefined;
  let due = false;
  // However much happens in one tick, it is shown once.
  const changed = () => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      page?.show();
    });
  };
  const room = await VoiceRoom.enter(user, name, network, {
    changed,
    told: (text) => toast.say(text),
    given: (given, more) => burst.show(given, more),
  });
  byId("login", HTMLElement).hidden = true;
  byId("room", HTMLElement).hidden = false;
  page = new Page(room, toast, () => {
    login.forget();
    void room.leave().then(() => location.reload());
  });
  page.show();
  addEventListener("pagehide", () => room.keep());
}, problemWithName);
