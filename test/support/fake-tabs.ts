import type { TabChannel, TabPorts } from "../../src/client/chat/tabs/ports.ts";

/** A browser's tabs without a browser: locks in the order of asking, words copied and later; and a tab can die at any moment. */
export class FakeTabs {
  readonly #tabs = new Set<FakeTab>();
  readonly #waiting: { readonly tab: FakeTab; readonly held: () => void }[] = [];
  #holder: FakeTab | undefined;

  open(): FakeTab {
    const tab = new FakeTab(this);
    this.#tabs.add(tab);
    return tab;
  }

  /** @internal */
  ask(tab: FakeTab, held: () => void): void {
    this.#waiting.push({ tab, held });
    this.#next();
  }

  /** @internal */
  gone(tab: FakeTab): void {
    this.#tabs.delete(tab);
    this.free(tab);
  }

  /** @internal */
  free(tab: FakeTab): void {
    const at = this.#waiting.findIndex((one) => one.tab === tab);
    if (at >= 0) this.#waiting.splice(at, 1);
    if (this.#holder !== tab) return;
    this.#holder = undefined;
    this.#next();
  }

  /** @internal */
  post(from: FakeTab, message: unknown): void {
    const copy = structuredClone(message);
    for (const tab of this.#tabs) if (tab !== from) queueMicrotask(() => tab.hear(copy));
  }

  #next(): void {
    if (this.#holder !== undefined) return;
    const first = this.#waiting.shift();
    if (first === undefined) return;
    this.#holder = first.tab;
    queueMicrotask(() => first.tab.alive && first.held());
  }
}

export class FakeTab implements TabPorts {
  readonly #tabs: FakeTabs;
  #listener: ((message: unknown) => void) | undefined;
  alive = true;

  constructor(tabs: FakeTabs) {
    this.#tabs = tabs;
  }

  lock(_name: string, held: () => void): () => void {
    this.#tabs.ask(this, held);
    return () => this.#tabs.free(this);
  }

  channel(): TabChannel {
    return {
      post: (message) => this.alive && this.#tabs.post(this, message),
      listen: (listener) => {
        this.#listener = listener;
      },
      close: () => this.#tabs.gone(this),
    };
  }

  hear(message: unknown): void {
    if (this.alive) this.#listener?.(message);
  }

  /** Without a last word. */
  die(): void {
    this.alive = false;
    this.#tabs.gone(this);
  }
}
