import type { DeviceId } from "../../protocol/names.ts";
import type { UserDevice } from "../../protocol/operations/user.ts";
import type { Call } from "./call.ts";

export type { UserDevice };

/** The devices that one's user is logged in with. Nothing of it is kept: without a connection it rejects. */
export class Devices {
  readonly #call: Call;

  /** @internal */
  constructor(call: Call) {
    this.#call = call;
  }

  /** `kind`: its platform. `waiting`: messages that wait for it. */
  async list(): Promise<UserDevice[]> {
    return (await this.#call("user.devices", {})).devices;
  }

  /** What this device, or that one, is called in the list; empty: nothing. */
  async name(name: string, device?: DeviceId): Promise<void> {
    await this.#call("user.name-device", { name, ...(device !== undefined && { device }) });
  }

  /** Ends that one's session. False: it had none. */
  async logout(device: DeviceId): Promise<boolean> {
    return (await this.#call("user.kick", { device })).closed > 0;
  }

  /** Ends those of all others. How many had one. */
  async logoutOthers(): Promise<number> {
    return (await this.#call("user.kick", {})).closed;
  }
}
