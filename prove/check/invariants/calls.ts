import type { CallSeen } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { entry } from "../model/entry.ts";
import { Found } from "../model/found.ts";
import { SetClocks } from "../model/set-clocks.ts";

interface Call {
  /** What each version says, and who said so first. */
  readonly versions: Map<number, { readonly says: string; readonly device: string }>;
  readonly shown: Map<string, number>;
  end: { readonly version: number; readonly says: string; readonly device: string } | undefined;
}

/** Legs of a call that goes on. */
const OPEN: ReadonlySet<string> = new Set(["calling", "ringing", "joined"]);
/** Until the service has spoken a device shows what it has placed itself. */
const FIRST_VERSION = 1;

/** What the client says when it was closed, or was told that the service knows of no such call: nobody else's word, and at no version of the call. */
const isOwnConclusion = ({ end, members }: CallSeen): boolean => end === "failed" || (end === "lost" && members.some(({ state }) => OPEN.has(state)));

const saysOf = ({ phase, end, members }: CallSeen): string => {
  const legs = members.map(({ user, state, device }) => `${user} ${state} ${device ?? ""}`).sort();
  return `${phase} ${end ?? ""} | ${legs.join(", ")}`;
};

/** A call ends once and stays so; each version says the same to everybody, and a device never goes back to an older one. */
export const calls: Invariant = {
  rule: "PV14",
  title: "one state of a call, and one end",
  begin(): Watch {
    const found = new Found("PV14");
    const seen = new Map<string, Call>();
    const clocks = new SetClocks();
    return {
      see(event) {
        clocks.see(event);
        if (event.is !== "call" || clocks.mayForgetCall(event.call) || event.version < FIRST_VERSION || isOwnConclusion(event)) return;
        const { call, device, version, phase, at } = event;
        const own = entry(seen, call, (): Call => ({ versions: new Map(), shown: new Map(), end: undefined }));
        const says = saysOf(event);
        const known = entry(own.versions, version, () => ({ says, device }));
        if (known.says !== says) found.add(`version ${version} of ${call} is "${known.says}" on ${known.device}, and "${says}" on ${device}`, at);
        const shown = own.shown.get(device) ?? 0;
        if (version < shown) found.add(`${device} shows ${call} at version ${version} after ${shown}`, at);
        own.shown.set(device, Math.max(version, shown));
        if (phase === "ended") {
          const inside = event.members.find(({ state }) => OPEN.has(state));
          if (inside !== undefined) found.add(`${call} has ended on ${device}, and ${inside.user} is still ${inside.state}`, at);
          const { end } = own;
          if (end !== undefined && end.says !== says) found.add(`${call} has ended as "${end.says}" on ${end.device}, and as "${says}" on ${device}`, at);
          own.end ??= { version, says, device };
        }
      },
      end() {
        for (const [call, { end, versions }] of seen) {
          if (end === undefined) continue;
          for (const [version, { says, device }] of versions) {
            if (version > end.version && says !== end.says)
              found.add(`${call} ended with version ${end.version}, and ${device} shows version ${version}: "${says}"`);
          }
        }
        return found.list();
      },
    };
  },
};
