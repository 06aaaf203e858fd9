import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import type { News, Passing } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import type { Report } from "./user-chats.ts";

/** What a member's object says to news. */
export interface Heard {
  /** Some device of it is there. If not, it has noted that it has to ask, and wants to hear no more until then. */
  readonly there: boolean;
  /** Nothing is open: each of its devices has all up to here, or a note says that it has to ask. */
  readonly settled?: number | undefined;
  /** And one of them has all up to here. */
  readonly delivered?: number | undefined;
}

export interface TellingPorts {
  head(): number;
  isHot(user: UserId): boolean;
  hotMembers(): readonly UserId[];
  cool(user: UserId): void;
  /** What this member gets beyond `after`, or the first part of it. */
  news(user: UserId, after: number): News;
  tell(user: UserId, news: News): Promise<Heard>;
  /** What a member's object says of its devices. */
  report(user: UserId, report: Report): void;
  background(work: Promise<void>): void;
  /** Nobody could be reached: try again by an alarm. `failures` in a row. */
  retry(failures: number): void;
}

export interface Line {
  /** Told for certain, in this life of the conversation. */
  told: number;
  /** On its way, or told. */
  sent: number;
  /** Every device of the member has it, or has to ask. */
  settled: number;
  /** Marks that no number speaks for have changed. */
  marks: boolean;
  readonly passing: Passing[];
  busy: boolean;
  /** To be told even if nothing is new. */
  probe: boolean;
  /** Calls of the member under way, whose answers tell it. */
  answering: number;
  /** Rises when the member asks: what is said of before is out of date. */
  asked: number;
  failures: number;
}

/**
 * Tells members' objects what is new: one call under way to each, and whatever has come meanwhile goes with the next. No queue:
 * a member's line is a number, and what lies beyond it is read when its turn comes. After a start everybody is taken to have
 * heard all; who has not is found by `probe`, and by the gap that the next news shows.
 */
export class Telling {
  readonly #ports: TellingPorts;
  readonly #lines = new Map<UserId, Line>();
  /** Where the conversation stood when this life of it began. */
  readonly #start: number;

  constructor(ports: TellingPorts) {
    this.#ports = ports;
    this.#start = ports.head();
  }

  /** Something new. The caller's own object may have it with the answer. */
  changed(): void {
    for (const user of this.#ports.hotMembers()) this.#go(user);
  }

  /** Delivered marks have changed, which are no news to the one they are of. */
  marked(by: UserId): void {
    for (const user of this.#ports.hotMembers()) {
      if (user === by) continue;
      this.#line(user).marks = true;
      this.#go(user);
    }
  }

  passing(item: Passing, users: readonly UserId[]): void {
    for (const user of users) {
      if (!this.#ports.isHot(user)) continue;
      const { passing } = this.#line(user);
      if (passing.length < CHAT_LIMITS.chatPassing) passing.push(item);
      this.#go(user);
    }
  }

  /** A member's call is under way: what it brings about goes with its answer, which is to name the line that it began with. */
  answering(user: UserId): Line {
    const line = this.#line(user);
    line.answering += 1;
    return line;
  }

  /** The answer to a member's call, and the news that go with it. It may get lost: that it was heard, the next call says, or the alarm finds out. */
  answered(user: UserId, line: Line, there: boolean): News | undefined {
    line.answering -= 1;
    if (this.#lines.get(user) !== line) return undefined;
    if (!there || !this.#ports.isHot(user)) {
      this.#go(user);
      return undefined;
    }
    const news = this.#ports.news(user, line.sent);
    line.sent = Math.max(line.sent, news.upTo);
    if (!line.busy) line.told = line.sent;
    this.#go(user);
    return news;
  }

  /** A device of the member asks for what it lacks, up to the head: from here on it is told again. */
  asked(user: UserId): void {
    const line = this.#line(user);
    line.asked += 1;
    if (this.#ports.isHot(user)) return;
    line.told = line.sent = this.#ports.head();
  }

  /** It is told nothing more. */
  forget(user: UserId): void {
    this.#lines.delete(user);
  }

  settled(user: UserId, upTo: number): void {
    const line = this.#line(user);
    line.settled = Math.max(line.settled, upTo);
  }

  /** The alarm's turn: whoever may lack something is told where the conversation stands. True if there was anybody. */
  probe(): boolean {
    const doubtful = this.#ports.hotMembers().filter((user) => this.#line(user).settled < this.#ports.head());
    for (const user of doubtful) {
      this.#line(user).probe = true;
      this.#go(user);
    }
    return doubtful.length > 0;
  }

  #line(user: UserId): Line {
    const known = this.#lines.get(user);
    if (known !== undefined) return known;
    const line: Line = {
      told: this.#start,
      sent: this.#start,
      settled: 0,
      marks: false,
      passing: [],
      busy: false,
      probe: false,
      answering: 0,
      asked: 0,
      failures: 0,
    };
    this.#lines.set(user, line);
    return line;
  }

  #go(user: UserId): void {
    const line = this.#line(user);
    if (line.busy) return;
    line.busy = true;
    this.#ports.background(this.#run(user, line));
  }

  async #run(user: UserId, line: Line): Promise<void> {
    // What the same turn brings goes with it, and what the answer to the caller brings is not sent twice.
    await Promise.resolve();
    // Of who has gone, and perhaps come again, an earlier line says nothing more.
    const stands = (): boolean => this.#lines.get(user) === line;
    while (
      stands() &&
      line.answering === 0 &&
      this.#ports.isHot(user) &&
      (line.sent < this.#ports.head() || line.marks || line.probe || line.passing.length > 0)
    ) {
      const { asked } = line;
      const lasting = line.sent < this.#ports.head() || line.marks || line.probe;
      const news = this.#ports.news(user, line.sent);
      // Apart: of what passes, nobody has to be told who is away.
      const passing = lasting ? undefined : line.passing.splice(0);
      line.marks = line.probe = false;
      line.sent = news.upTo;
      try {
        const heard = await this.#ports.tell(user, passing === undefined ? news : { ...news, passing });
        if (!stands()) break;
        line.failures = 0;
        line.told = Math.max(line.told, news.upTo);
        if (heard.settled !== undefined) this.#ports.report(user, { settled: heard.settled, delivered: heard.delivered ?? 0 });
        // Of what passes nobody notes that it has to ask.
        if (!heard.there && lasting && line.asked === asked) this.#ports.cool(user);
      } catch {
        if (!stands()) break;
        line.failures += 1;
        line.sent = line.told;
        line.probe = true;
        this.#ports.retry(line.failures);
        break;
      }
    }
    line.busy = false;
  }
}
