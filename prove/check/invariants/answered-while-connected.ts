import type { LinkChange, Refused } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { Disturbance } from "../model/disturbance.ts";
import { Found } from "../model/found.ts";

/** Connected for so long, and undisturbed, a device has submitted again what had no answer, and heard what became of it. */
const STEADY_MS = 5_000;
/** What a disturbed way held back has come by then. */
const SETTLED_MS = 10_000;

/** Nobody waits in vain who is connected: what a lost connection left without an answer is submitted again, and answered. */
export const answeredWhileConnected: Invariant = {
  rule: "PV23",
  title: "who is connected is answered",
  begin(): Watch {
    const found = new Found("PV23");
    const disturbance = new Disturbance();
    const links = new Map<string, LinkChange>();

    const isSteady = (link: LinkChange | undefined, at: number): boolean => link === undefined || (link.state === "connected" && at - link.at >= STEADY_MS);
    const judge = ({ device, target, writer, n, code, at }: Refused): void => {
      // A user's message waits for its receiver, who may be away.
      if (code !== "timeout" || !target.startsWith("channel:")) return;
      const session = links.get(`${device}\n`);
      if (session === undefined || !isSteady(session, at) || !isSteady(links.get(`${device}\n${target}`), at)) return;
      if (!disturbance.quiet(at, STEADY_MS) || !disturbance.serviceOnly(at, SETTLED_MS)) return;
      found.add(`${writer} ${n} had no answer, and ${device} has been connected for ${Math.round((at - session.at) / 1000)} s`, at);
    };

    return {
      see(event) {
        disturbance.see(event);
        if (event.is === "link") links.set(`${event.device}\n${event.target ?? ""}`, event);
        else if (event.is === "refused") judge(event);
      },
      end: () => found.list(),
    };
  },
};
