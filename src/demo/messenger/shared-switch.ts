import type { NetworkSwitch } from "../shared/network-switch.ts";

/** The switch of one tab is that of all: whichever has the connection, it is the one that goes. */
export class SharedSwitch {
  readonly #network: NetworkSwitch;
  readonly #channel: BroadcastChannel;
  readonly #listeners = new Set<() => void>();

  constructor(network: NetworkSwitch, name: string) {
    this.#network = network;
    this.#channel = new BroadcastChannel(`${name} network`);
    this.#channel.onmessage = ({ data }) => {
      // A tab that has just come asks; who has its switch off says so.
      if (data === "?") return void (network.isOn || this.#channel.postMessage(false));
      this.#turn(data === true);
    };
    this.#channel.postMessage("?");
  }

  get isOn(): boolean {
    return this.#network.isOn;
  }

  set(on: boolean): void {
    this.#channel.postMessage(on);
    this.#turn(on);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #turn(on: boolean): void {
    this.#network.set(on);
    for (const listener of this.#listeners) listener();
  }
}
