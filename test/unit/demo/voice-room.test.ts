import { describe, expect, it } from "vitest";
import { dueChanges, farewell, keeperOf, successor } from "../../../src/demo/voice-room/host.ts";
import { problemWithName } from "../../../src/demo/voice-room/names.ts";
import {
  type Attributes,
  type Changes,
  close,
  HOST,
  lossOf,
  mute,
  newest,
  open,
  type RoomState,
  readRoom,
  SEATS,
  seatAt,
  seatKey,
  seatOf,
  sit,
  standUp,
} from "../../../src/demo/voice-room/seats.ts";

/** The attributes of a channel, as a service keeps them: what is written last counts. */
class Service {
  attributes: Attributes = new Map();
  #now = 0;

  write(by: string, changes: Changes | undefined): void {
    if (changes === undefined) throw new Error("nothing to write");
    const written = Object.entries(changes).map(([key, value]) => [key, { value, lastUpdateUserId: by, lastUpdateTs: ++this.#now }]);
    this.attributes = newest(this.attributes, Object.fromEntries(written));
  }

  get room(): RoomState {
    return readRoom(this.attributes);
  }

  /** Who sits where, by number. */
  get seated(): Record<number, string> {
    return Object.fromEntries(this.room.seats.flatMap(({ number, user }) => (user === undefined ? [] : [[number, user]])));
  }
}

const members = (...names: string[]): ReadonlySet<string> => new Set(names);

describe("the seats of a room", () => {
  it("[VR1] are eight, empty at first, and take one person each", () => {
    const service = new Service();
    expect(service.room.seats.map(({ number, user }) => [number, user])).toEqual(Array.from({ length: SEATS }, (_, index) => [index + 1, undefined]));
    service.write("ada", sit(service.room, "ada", 3, 10));
    expect(seatAt(service.room, 3)).toEqual({ number: 3, user: "ada", muted: "no", since: 10, closed: false });
    expect(sit(service.room, "bob", 3, 11)).toBeUndefined();
    expect(sit(service.room, "bob", 9, 11)).toBeUndefined();
    service.write("ada", standUp(service.room, "ada"));
    expect([service.seated, standUp(service.room, "ada")]).toEqual([{}, {}]);
  });

  it("[VR1] are changed in one write, and nobody has two", () => {
    const service = new Service();
    service.write("ada", sit(service.room, "ada", 3, 10));
    const move = sit(service.room, "ada", 5, 20);
    expect(Object.keys(move ?? {}).sort()).toEqual([seatKey(3), seatKey(5)]);
    service.write("ada", move);
    expect(service.seated).toEqual({ 5: "ada" });
    // As if the old seat had been written again by a program that did not know.
    service.write("old", { [seatKey(3)]: JSON.stringify({ user: "ada", since: 10 }) });
    expect(service.seated).toEqual({ 5: "ada" });
  });

  it("[VR1] may be closed: whoever sat there stands, and nobody sits down until it is open", () => {
    const service = new Service();
    service.write("bob", sit(service.room, "bob", 2, 1));
    service.write("ada", close(2));
    expect([service.seated, seatAt(service.room, 2).closed, sit(service.room, "bob", 2, 3)]).toEqual([{}, true, undefined]);
    service.write("ada", open(2));
    service.write("bob", sit(service.room, "bob", 2, 4));
    expect(service.seated).toEqual({ 2: "bob" });
  });

  it("[VR2] give the same picture to two who sit down at once: the last one stays, and the other learns that", () => {
    const service = new Service();
    const before = service.room;
    const [ada, bob] = [sit(before, "ada", 4, 10), sit(before, "bob", 4, 10)];
    service.write("ada", ada);
    const adaSaw = service.room;
    service.write("bob", bob);
    expect(service.seated).toEqual({ 4: "bob" });
    expect(lossOf(adaSaw, service.room, "ada", service.attributes)).toEqual({ why: "given-way", seat: 4, to: "bob" });
    expect(lossOf(adaSaw, service.room, "bob", service.attributes)).toBeUndefined();
  });

  it("[VR2] tell who was moved off by somebody else from who left", () => {
    const service = new Service();
    service.write("bob", sit(service.room, "bob", 4, 10));
    const before = service.room;
    service.write("ada", standUp(before, "bob"));
    expect(lossOf(before, service.room, "bob", service.attributes)).toEqual({ why: "moved-off", seat: 4, by: "ada" });
    service.write("bob", sit(service.room, "bob", 4, 20));
    const again = service.room;
    service.write("bob", standUp(again, "bob"));
    expect(lossOf(again, service.room, "bob", service.attributes)).toBeUndefined();
    service.write("bob", sit(service.room, "bob", 4, 30));
    const third = service.room;
    service.write("bob", sit(third, "bob", 6, 40));
    expect(lossOf(third, service.room, "bob", service.attributes)).toBeUndefined();
  });

  it("[VR2] are read the same in whatever order the news arrive", () => {
    const old = { [seatKey(1)]: { value: '{"user":"ada","since":1}', lastUpdateUserId: "ada", lastUpdateTs: 1 } };
    const fresh = {
      [seatKey(1)]: { value: "{}", lastUpdateUserId: "ada", lastUpdateTs: 2 },
      topic: { value: "lamps", lastUpdateUserId: "ada", lastUpdateTs: 1 },
    };
    const one = readRoom(newest(newest(new Map(), old), fresh));
    const other = readRoom(newest(newest(new Map(), fresh), old));
    expect(one).toEqual(other);
    expect([one.topic, seatAt(one, 1).user]).toEqual(["lamps", undefined]);
  });

  it("[VR3] are muted by who sits there and by the host, whom a guest cannot overrule", () => {
    const service = new Service();
    service.write("ada", { [HOST]: "ada" });
    service.write("bob", sit(service.room, "bob", 2, 1));
    const muted = () => seatAt(service.room, 2).muted;
    expect(mute(service.room, "cho", 2, true)).toBeUndefined();
    service.write("bob", mute(service.room, "bob", 2, true));
    expect(muted()).toBe("self");
    expect(mute(service.room, "ada", 2, false)).toBeUndefined();
    service.write("bob", mute(service.room, "bob", 2, false));
    service.write("ada", mute(service.room, "ada", 2, true));
    expect([muted(), mute(service.room, "bob", 2, false), mute(service.room, "bob", 2, true)]).toEqual(["host", undefined, undefined]);
    service.write("bob", sit(service.room, "bob", 3, 2));
    expect(seatOf(service.room, "bob")).toMatchObject({ number: 3, muted: "host" });
    service.write("ada", mute(service.room, "ada", 3, false));
    expect(seatOf(service.room, "bob")?.muted).toBe("no");
    expect(mute(service.room, "ada", 7, true)).toBeUndefined();
  });

  it("[VR4] hold against whatever else stands in the attributes", () => {
    const service = new Service();
    const values = ["", "null", "[]", "7", "{", '{"user":7,"since":1}', `{"user":"${"x".repeat(65)}","since":1}`, '{"user":"ada","since":"now"}'];
    values.forEach((value, index) => {
      service.write("mallory", { [seatKey(index + 1)]: value });
    });
    service.write("mallory", { topic: "x".repeat(5_000), host: "y".repeat(65), "seat.0": '{"user":"a","since":1}', __proto__x: "1" });
    const { seats, topic, host } = service.room;
    expect(seats.every(({ user, closed }) => user === undefined && !closed)).toBe(true);
    expect([topic.length, host]).toEqual([120, undefined]);
  });
});

describe("the host", () => {
  const room = (host: string | undefined, ...seated: [user: string, number: number, since: number][]): RoomState => {
    const service = new Service();
    if (host !== undefined) service.write(host, { [HOST]: host });
    for (const [user, number, since] of seated) service.write(user, sit(service.room, user, number, since));
    return service.room;
  };

  it("[VR5] is the first to come, and begins on the stage", () => {
    const changes = dueChanges(room(undefined), members("ada"), "ada", 5);
    expect(changes).toMatchObject({ [HOST]: "ada", [seatKey(1)]: JSON.stringify({ user: "ada", since: 5 }) });
    expect(dueChanges(room("ada", ["ada", 1, 5]), members("ada", "bob"), "bob", 6)).toEqual({});
  });

  it("[VR5] who is gone is followed by whoever has sat for longest, and everybody knows alike who that is", () => {
    const left = room("ada", ["ada", 1, 1], ["cho", 2, 30], ["bob", 5, 20]);
    const here = members("bob", "cho", "dee");
    expect(["bob", "cho", "dee"].map((me) => Object.keys(dueChanges(left, here, me, 99)))).toEqual([[seatKey(1), HOST], [], []]);
    expect(keeperOf(left, members("ada", ...here))).toBe("ada");
    expect(successor(left, members("cho", "dee"))).toBe("cho");
  });

  it("[VR5] of an audience alone is the first by name, who takes a seat; of nobody nobody", () => {
    const left = room("ada", ["ada", 1, 1]);
    expect(dueChanges(left, members("dee", "cho"), "cho", 7)).toEqual({
      [seatKey(1)]: "{}",
      [HOST]: "cho",
      [seatKey(2)]: JSON.stringify({ user: "cho", since: 7 }),
    });
    expect(successor(left, members())).toBeUndefined();
  });

  it("[VR6] frees the seats of those who are gone, and nobody else does", () => {
    const state = room("ada", ["ada", 1, 1], ["bob", 2, 2], ["cho", 3, 3]);
    expect(dueChanges(state, members("ada", "cho"), "ada", 9)).toEqual({ [seatKey(2)]: "{}" });
    expect(dueChanges(state, members("ada", "cho"), "cho", 9)).toEqual({});
  });

  it("[VR6] who goes leaves the seat free and names the next one; a guest frees the seat; a listener nothing", () => {
    const state = room("ada", ["ada", 1, 1], ["bob", 2, 2]);
    const here = members("ada", "bob", "cho");
    expect(farewell(state, here, "ada")).toEqual({ [seatKey(1)]: "{}", [HOST]: "bob" });
    expect(farewell(state, here, "bob")).toEqual({ [seatKey(2)]: "{}" });
    expect(farewell(state, here, "cho")).toEqual({});
    expect(farewell(state, members("ada"), "ada")).toEqual({ [seatKey(1)]: "{}" });
  });
});

describe("names", () => {
  it("[VR17] are those of RTM 1.x; others are refused in words", () => {
    expect(["Ada", "_.", "a b", "x".repeat(64), "user-1@[home]"].map(problemWithName)).toEqual(Array(5).fill(undefined));
    expect(["", "null", "x".repeat(65), "Zoë", "小明", "a/b", "it's"].filter((name) => problemWithName(name) === undefined)).toEqual([]);
  });
});
