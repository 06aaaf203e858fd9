import type { Client, PresenceState } from "../../client/index.ts";

export interface Person {
  readonly name: string;
  inRoom: boolean;
  state: PresenceState | undefined;
  status: string;
}

const STATUS_KEY = "status";
/** Joins of one moment make one call: subscriptions are limited to ten in five seconds. */
const GATHER_MS = 100;
/** Statuses asked for at a time; the service allows forty reads in five seconds. */
const STATUSES_MAX = 30;

/** The people one knows of: the members of the room, and whoever one has talked to. */
export class People {
  readonly #client: Client;
  readonly #changed: () => void;
  readonly #people = new Map<string, Person>();
  readonly #unasked = new Set<string>();
  #gathering: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Client, changed: () => void) {
    this.#client = client;
    this.#changed = changed;
    client.on("presence", ({ users }) => {
      for (const { user, state } of users) this.#state(user, state);
      changed();
    });
  }

  get(name: string): Person | undefined {
    return this.#people.get(name);
  }

  /** By name, without oneself. */
  list(): Person[] {
    return [...this.#people.values()].filter(({ name }) => name !== this.#client.user).sort((a, b) => a.name.localeCompare(b.name));
  }

  know(name: string): Person {
    const known = this.#people.get(name);
    if (known !== undefined) return known;
    const person: Person = { name, inRoom: false, state: undefined, status: "" };
    this.#people.set(name, person);
    this.#ask(name);
    return person;
  }

  joined(names: readonly string[]): void {
    for (const name of names) this.know(name).inRoom = true;
    this.#changed();
  }

  left(names: readonly string[]): void {
    for (const name of names) this.know(name).inRoom = false;
    this.#changed();
  }

  /** The members as they are, and everybody's status once more: one may have missed changes. */
  refresh(members: readonly string[]): void {
    for (const person of this.#people.values()) person.inRoom = false;
    for (const name of members) this.know(name).inRoom = true;
    for (const name of this.#people.keys()) this.#ask(name);
    this.#changed();
  }

  /** Somebody's status has changed. */
  ask(name: string): void {
    if (this.#people.has(name)) this.#ask(name);
  }

  async setStatus(status: string): Promise<void> {
    await this.#client.attributes.update({ [STATUS_KEY]: status });
    this.know(this.#client.user).status = status;
    this.#changed();
  }

  #state(name: string, state: PresenceState): void {
    const person = this.#people.get(name);
    if (person !== undefined) person.state = state;
  }

  #ask(name: string): void {
    this.#unasked.add(name);
    this.#gathering ??= setTimeout(() => void this.#askAll(), GATHER_MS);
  }

  async #askAll(): Promise<void> {
    this.#gathering = undefined;
    const names = [...this.#unasked].slice(0, STATUSES_MAX);
    for (const name of names) this.#unasked.delete(name);
    // What fails now is asked again with the next connection.
    await Promise.allSettled([this.#subscribe(names.filter((name) => name !== this.#client.user)), ...names.map((name) => this.#readStatus(name))]);
    this.#changed();
    if (this.#unasked.size > 0) this.#gathering ??= setTimeout(() => void this.#askAll(), 5_000);
  }

  async #subscribe(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    for (const { user, state } of await this.#client.presence.subscribe(names)) this.#state(user, state);
  }

  async #readStatus(name: string): Promise<void> {
    const [status] = await this.#client.attributes.get(name, [STATUS_KEY]);
    this.know(name).status = status?.value ?? "";
  }
}
