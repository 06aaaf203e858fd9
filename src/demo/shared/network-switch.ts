import type { Socket, SocketEvents, Transport } from "../../client/index.ts";

const OFFLINE = { code: 1006, reason: "offline by choice" };
/** What the service is told: 1000 would be a goodbye, and it would take the person off all lists at once. */
const BACK_LATER = 4000;

/**
 * A network that can be switched off. The client meets what a lost network brings: its sockets end, new ones do not
 * open. So it keeps its place in every stream, and asks for the rest when it is back; closing it would give that up.
 */
export class NetworkSwitch implements Transport {
  readonly #network: Transport;
  readonly #cuts = new Set<() => void>();
  #waiting: (() => void)[] = [];
  #on = true;

  constructor(network: Transport) {
    this.#network = network;
  }

  get isOn(): boolean {
    return this.#on;
  }

  /** Resolves when there is a network. */
  whenOn(): Promise<void> {
    return this.#on ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  set(on: boolean): void {
    if (on === this.#on) return;
    this.#on = on;
    if (!on) for (const cut of [...this.#cuts]) cut();
    else {
      for (const go of this.#waiting) go();
      this.#waiting = [];
      // The client listens to this as to the real network coming back.
      dispatchEvent(new Event("online"));
    }
  }

  open(url: string, protocols: readonly string[], events: SocketEvents): Socket {
    if (!this.#on) return noSocket(events);
    const socket = this.#network.open(url, protocols, {
      ...events,
      closed: (code, reason) => {
        if (this.#cuts.delete(cut)) events.closed(code, reason);
      },
    });
    const cut = () => {
      if (!this.#cuts.delete(cut)) return;
      socket.close(BACK_LATER, OFFLINE.reason);
      events.closed(OFFLINE.code, OFFLINE.reason);
    };
    this.#cuts.add(cut);
    return socket;
  }
}

function noSocket(events: SocketEvents): Socket {
  setTimeout(() => events.closed(OFFLINE.code, OFFLINE.reason), 0);
  return { send: () => {}, close: () => {} };
}
