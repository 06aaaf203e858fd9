import { HORIZON, type World } from "./world.ts";

/** Everything that follows at once has happened. */
export const settleMicrotasks = (): Promise<void> => new Promise((resume) => void setImmediate(resume));

/** How much may go wrong in one run, and how often time passes before the faults end. */
export interface Budget {
  crashes: number;
  repeats: number;
  failures: number;
  lostDevices: number;
  /** Alarms that ring while messages are still under way. */
  haste: number;
  /** And while nothing is. */
  waits: number;
}

export const NONE: Readonly<Budget> = { crashes: 0, repeats: 0, failures: 0, lostDevices: 0, haste: 0, waits: 0 };

export interface Choice {
  readonly label: string;
  /** Whose history this belongs to; two that concern different objects may change places. */
  readonly at: string;
  readonly take: () => void;
}

/** Everything that may happen next. */
export function choices(world: World, budget: Readonly<Budget>, spent: Budget): Choice[] {
  const found: Choice[] = [];
  const { underWay } = world.network;
  for (const [index, message] of underWay.entries()) {
    // Of messages that are alike, the first one stands for all.
    if (underWay.findIndex(({ label }) => label === message.label) !== index) continue;
    found.push({ label: message.label, at: message.to, take: () => world.network.take(index).arrive() });
    if (message.kind !== "request") continue;
    if (spent.repeats < budget.repeats) {
      const take = (): void => {
        spent.repeats += 1;
        message.arrive();
      };
      found.push({ label: `twice ${message.label}`, at: message.to, take });
    }
    if (spent.failures < budget.failures && message.fail !== undefined) {
      const take = (): void => {
        spent.failures += 1;
        // It may arrive all the same, and then nobody hears the answer.
        message.fail?.();
      };
      found.push({ label: `fail ${message.label}`, at: message.from, take });
    }
  }
  for (const [user, device] of world.wishes())
    found.push({ label: `${device.id} wants ${JSON.stringify(device.wishes[0])}`, at: user.name, take: () => world.say(user, device) });
  if (spent.crashes < budget.crashes) {
    const crash = (label: string, work: () => void): Choice => ({
      label,
      at: label,
      take: () => {
        spent.crashes += 1;
        work();
      },
    });
    for (const [name, { kept }] of world.calls) if (kept !== undefined) found.push({ ...crash(`crash ${name}`, () => world.crashCall(name)), at: name });
    for (const user of world.users.values()) found.push({ ...crash(`crash ${user.name}`, () => world.crashUser(user)), at: user.name });
  }
  for (const user of world.users.values()) {
    for (const device of user.devices) {
      if (!device.connected && !device.lost) found.push({ label: `${device.id} comes back`, at: user.name, take: () => world.reconnect(user, device) });
      if (device.connected && spent.lostDevices < budget.lostDevices) {
        const take = (): void => {
          spent.lostDevices += 1;
          device.lost = true;
          world.loseSocket(device);
        };
        found.push({ label: `${device.id} is lost`, at: user.name, take });
      }
    }
  }
  const due = world.due();
  const kind = world.network.isBusy ? "haste" : "waits";
  if (due !== undefined && due < HORIZON && spent[kind] < budget[kind]) {
    const take = (): void => {
      spent[kind] += 1;
      world.pass();
    };
    found.push({ label: `time ${due}`, at: "*", take });
  }
  return found;
}
