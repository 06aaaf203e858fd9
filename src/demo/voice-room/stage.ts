import type { RtmClient } from "../../rtm/index.ts";
import { dueChanges, farewell } from "./host.ts";
import {
  type Attribute,
  type Attributes,
  type Changes,
  close,
  HOST,
  type Loss,
  lossOf,
  mute,
  newest,
  open,
  type RoomState,
  readRoom,
  seatOf,
  sit,
  standUp,
  TOPIC,
} from "./seats.ts";

/** Who is gone may be reloading the page: nobody takes over before this. */
const GRACE_MS = 3_000;

export interface StageEvents {
  changed(before: RoomState): void;
  lost(loss: Loss): void;
  failed(error: unknown): void;
}

/**
 * The seats, the topic and the host, as the channel's attributes have them. Everybody may write, the last one counts: so
 * whoever has written reads again, and gives way if somebody else was quicker or slower by a moment.
 */
export class Stage {
  readonly #client: RtmClient;
  readonly #room: string;
  readonly #user: string;
  readonly #members: () => ReadonlySet<string>;
  readonly #events: StageEvents;
  #attributes: Attributes = new Map();
  #state: RoomState = readRoom(new Map());
  #losses = 0;
  #tidying: ReturnType<typeof setTimeout> | undefined;

  constructor(client: RtmClient, room: string, user: string, members: () => ReadonlySet<string>, events: StageEvents) {
    this.#client = client;
    this.#room = room;
    this.#user = user;
    this.#members = members;
    this.#events = events;
  }

  get state(): RoomState {
    return this.#state;
  }

  /** What the service has now, or has just told. */
  learn(told: Readonly<Record<string, Attribute>>): void {
    const before = this.#state;
    this.#attributes = newest(this.#attributes, told);
    this.#state = readRoom(this.#attributes);
    const loss = lossOf(before, this.#state, this.#user, this.#attributes);
    if (loss !== undefined) {
      this.#losses++;
      this.#events.lost(loss);
    }
    this.#events.changed(before);
    this.tidy();
  }

  async read(): Promise<void> {
    this.learn(await this.#client.getChannelAttributes(this.#room));
  }

  /** Somebody who sat down in the same moment may have the seat: then one gives way. */
  async sit(number: number): Promise<"seated" | "taken" | "given-way"> {
    const changes = sit(this.#state, this.#user, number, Date.now());
    if (changes === undefined) return "taken";
    await this.#write(changes);
    return seatOf(this.#state, this.#user)?.number === number ? "seated" : "given-way";
  }

  standUp(user: string = this.#user): Promise<void> {
    return this.#write(standUp(this.#state, user));
  }

  async mute(number: number, quiet: boolean): Promise<void> {
    const changes = mute(this.#state, this.#user, number, quiet);
    if (changes === undefined) return;
    const losses = this.#losses;
    await this.#write(changes);
    // Who was moved off meanwhile has sat down again by this: that was not meant.
    if (this.#losses !== losses) await this.standUp();
  }

  close(number: number): Promise<void> {
    return this.#write(close(number));
  }

  open(number: number): Promise<void> {
    return this.#write(open(number));
  }

  setTopic(topic: string): Promise<void> {
    return this.#write({ [TOPIC]: topic });
  }

  handOver(to: string): Promise<void> {
    return this.#write({ [HOST]: to });
  }

  /** Gives up the seat, and names the next host. */
  leave(): Promise<void> {
    clearTimeout(this.#tidying);
    return this.#write(farewell(this.#state, this.#members(), this.#user));
  }

  /** Looks whether it is on oneself to mend what somebody has left behind. */
  tidy(): void {
    clearTimeout(this.#tidying);
    if (Object.keys(this.#due()).length === 0) return;
    const wait = this.#state.host === undefined ? 0 : GRACE_MS;
    this.#tidying = setTimeout(() => this.#write(this.#due()).catch((error: unknown) => this.#events.failed(error)), wait);
  }

  #due(): Changes {
    return dueChanges(this.#state, this.#members(), this.#user, Date.now());
  }

  async #write(changes: Changes): Promise<void> {
    if (Object.keys(changes).length === 0) return;
    await this.#client.addOrUpdateChannelAttributes(this.#room, { ...changes }, { enableNotificationToChannelMembers: true });
    await this.read();
  }
}
