import type { Answered, CallSeen } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { entry } from "../model/entry.ts";
import { Found } from "../model/found.ts";
import { SetClocks } from "../model/set-clocks.ts";

interface Call {
  readonly answered: Answered[];
  /** By user, then version: the device that is in the call, or undefined where the user is out of it. */
  readonly inside: Map<string, Map<number, string | undefined>>;
}

const userOf = (device: string): string => device.slice(0, device.indexOf("/"));

/** Of the versions that somebody saw, whether the user was out of the call between two of them. */
const wasOut = (versions: ReadonlyMap<number, string | undefined>): boolean => {
  const known = [...versions].sort(([a], [b]) => a - b).map(([, device]) => device);
  const first = known.findIndex((device) => device !== undefined);
  return first >= 0 && known.slice(first).includes(undefined);
};

/** A user answers a call with one device. Another one comes in by taking over, or after the first has left. */
export const answering: Invariant = {
  rule: "PV15",
  title: "one device of a user answers a call",
  begin(): Watch {
    const found = new Found("PV15");
    const seen = new Map<string, Call>();
    const clocks = new SetClocks();
    const of = (call: string): Call => entry(seen, call, (): Call => ({ answered: [], inside: new Map() }));

    const look = ({ call, version, members }: CallSeen): void => {
      for (const { user, state, device } of members) {
        entry(of(call).inside, user, () => new Map<number, string | undefined>()).set(version, state === "joined" ? device : undefined);
      }
    };
    const judgeAnswers = (call: string, { answered, inside }: Call): void => {
      for (const [i, later] of answered.entries()) {
        const user = userOf(later.device);
        const earlier = answered.slice(0, i).find(({ device }) => device !== later.device && userOf(device) === user);
        if (earlier === undefined || later.takeOver === true || wasOut(inside.get(user) ?? new Map())) continue;
        found.add(`${earlier.device} and ${later.device} have both answered ${call}`, later.at);
      }
    };
    const judgeVersions = (call: string, { answered, inside }: Call): void => {
      for (const [user, versions] of inside) {
        let last: string | undefined;
        let lastVersion = 0;
        for (const [version, device] of [...versions].sort(([a], [b]) => a - b)) {
          const moved = last !== undefined && device !== undefined && device !== last && version === lastVersion + 1;
          const takenOver = answered.some((one) => one.takeOver === true && one.device === `${user}/${device}`);
          if (moved && !takenOver)
            found.add(`${user} is in ${call} with ${last} at version ${lastVersion}, and with ${device} at the next, which took nothing over`);
          last = device;
          lastVersion = version;
        }
      }
    };

    return {
      see(event) {
        clocks.see(event);
        if (event.is === "answered") of(event.call).answered.push(event);
        else if (event.is === "call" && event.version > 0) look(event);
      },
      end() {
        for (const [call, own] of seen) {
          if (clocks.mayForgetCall(call)) continue;
          judgeAnswers(call, own);
          judgeVersions(call, own);
        }
        return found.list();
      },
    };
  },
};
