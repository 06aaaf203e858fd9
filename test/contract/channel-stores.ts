import { expect } from "vitest";
import type { Presence, RosterStore } from "../../src/domain/channel/members.ts";
import type { ChannelStateStore } from "../../src/domain/channel/ports.ts";
import type { Metadata } from "../../src/domain/metadata.ts";
import type { LogStore } from "../../src/domain/stream/log-store.ts";
import { buildPage } from "../../src/domain/stream/page.ts";

export interface ChannelStores {
  readonly log: LogStore;
  readonly roster: RosterStore;
  readonly state: ChannelStateStore;
}
interface Opened {
  readonly stores: ChannelStores;
  /** The same stores as after a restart. */
  readonly reopen: () => ChannelStores;
}

const EPOCH = "00ff00ff00ff00ff";
const accepted = (id: number, data: string | Uint8Array, stored = false) => ({ from: "__proto__", device: "d", id, ts: 7, data, stored });
const page = (first: number, ...data: (string | Uint8Array)[]) =>
  buildPage(
    data.map((each, index) => accepted(first + index, each)),
    first,
    9,
  );
const presence = (user: string, more: Partial<Presence> = {}): Presence => ({ user, device: "d", generation: 1, joinedAt: 2, via: "socket", ...more });

/** What a channel may rely on, as checks of fresh stores. */
export const channelStoreCases: readonly (readonly [string, (opened: Opened) => void])[] = [
  [
    "are empty at first",
    ({ stores: { log, roster, state } }) => {
      expect([log.meta(), log.summaries(), log.page(0), roster.chunks().flat()]).toEqual([undefined, [], undefined, []]);
      expect([state.attributes(), state.options(), state.revocations(), state.answer("k")]).toEqual([[], undefined, [], undefined]);
    },
  ],
  [
    "keep the log's meta, and pages in order, text, bytes and hostile names unharmed",
    ({ stores: { log }, reopen }) => {
      log.setMeta({ epoch: EPOCH, exported: 0, dirty: true });
      log.setMeta({ epoch: EPOCH, exported: 3, dirty: false });
      const [late, early] = [page(4, "late"), page(1, "a\u0000'; --\u2028😀", new Uint8Array([0, 255]), "")];
      log.put(0, late, []);
      log.put(1, early, [["'; --", "e", 5, 6]]);
      const again = reopen().log;
      expect(again.meta()).toEqual({ epoch: EPOCH, exported: 3, dirty: false });
      expect(again.summaries().map(({ slot, first, last, floors, writers }) => [slot, first, last, floors, writers])).toEqual([
        [1, 1, 3, [["'; --", "e", 5, 6]], [["__proto__", "d", 3]]],
        [0, 4, 4, [], [["__proto__", "d", 4]]],
      ]);
      expect(again.page(1)).toEqual(early);
      expect(again.page(0)).toEqual(late);
    },
  ],
  [
    "write a page over whatever was in its slot, and forget log and meta together",
    ({ stores: { log }, reopen }) => {
      log.setMeta({ epoch: EPOCH, exported: 0, dirty: false });
      log.put(0, page(1, "old"), [["u", "d", 1, 1]]);
      log.put(0, page(2, "new"), []);
      expect(
        reopen()
          .log.summaries()
          .map(({ first, floors }) => [first, floors]),
      ).toEqual([[2, []]]);
      log.clear();
      expect([reopen().log.meta(), reopen().log.summaries()]).toEqual([undefined, []]);
    },
  ],
  [
    "keep members by chunk; an empty one is gone",
    ({ stores: { roster }, reopen }) => {
      const gone = presence("constructor", { via: "rider", goneAt: 5 });
      roster.putChunk(3, [presence("a"), presence("b")]);
      roster.putChunk(7, [gone]);
      roster.putChunk(3, [presence("b")]);
      expect(
        reopen()
          .roster.chunks()
          .flat()
          .toSorted((x, y) => (x.user < y.user ? -1 : 1)),
      ).toEqual([presence("b"), gone]);
      roster.putChunk(7, []);
      expect(reopen().roster.chunks().flat()).toEqual([presence("b")]);
      roster.clear();
      expect(reopen().roster.chunks().flat()).toEqual([]);
    },
  ],
  [
    "keep of two revocations what both refuse, in whatever order they come",
    ({ stores: { state }, reopen }) => {
      state.addRevocation({ user: "u", device: "d", generation: 3, until: 20 });
      state.addRevocation({ user: "u", device: "d", generation: 2, until: 30 });
      state.addRevocation({ user: "u", device: "d", generation: 1, until: 10 });
      expect(reopen().state.revocations()).toEqual([{ user: "u", device: "d", generation: 3, until: 30 }]);
    },
  ],
  [
    "keep one revocation per user and device, until its time is over",
    ({ stores: { state }, reopen }) => {
      state.addRevocation({ user: "u", device: "", generation: 1, until: 10 });
      state.addRevocation({ user: "u", device: "d", generation: 2, until: 20 });
      state.addRevocation({ user: "u", device: "d", generation: 3, until: 30 });
      expect(
        reopen()
          .state.revocations()
          .toSorted((x, y) => x.until - y.until),
      ).toEqual([
        { user: "u", device: "", generation: 1, until: 10 },
        { user: "u", device: "d", generation: 3, until: 30 },
      ]);
      state.dropRevocations(30);
      expect(reopen().state.revocations()).toHaveLength(1);
      state.dropRevocations(31);
      expect(reopen().state.revocations()).toEqual([]);
    },
  ],
  [
    "keep a channel's metadata, also when it is forgotten",
    ({ stores: { state }, reopen }) => {
      expect(state.metadata()).toBeUndefined();
      const item = { value: "v'\u0000", revision: 2, updatedAt: 4, updatedBy: "__proto__" };
      const metadata: Metadata = {
        majorRevision: 3,
        by: "ann",
        items: new Map<string, { value: string; revision: number }>([
          ["__proto__", item],
          ["b", { value: "", revision: 3 }],
        ]),
        writes: [{ request: "r", majorRevision: 3, count: 2 }],
      };
      state.setMetadata(metadata);
      expect(reopen().state.metadata()).toEqual(metadata);
      state.clear();
      expect(reopen().state.metadata()).toEqual(metadata);
      state.setMetadata({ majorRevision: 4, by: "bob", items: new Map(), writes: [] });
      expect(reopen().state.metadata()).toEqual({ majorRevision: 4, by: "bob", items: new Map(), writes: [] });
    },
  ],
  [
    "forget attributes and answers with the channel, and keep its options",
    ({ stores: { state }, reopen }) => {
      const entry = { value: "v'\u0000", updatedBy: "__proto__", updatedAt: 4 };
      state.setAttributes([
        ["__proto__", entry],
        ["b", entry],
      ]);
      state.setOptions({ log: "memory", updatesPerSecond: 5 });
      state.keepAnswer("k", { epoch: EPOCH, seq: 1, ts: 5 });
      state.keepAnswer("old", { epoch: EPOCH, seq: 2, ts: 4 });
      state.dropAnswers(5);
      const again = reopen().state;
      expect(again.attributes()).toEqual([
        ["__proto__", entry],
        ["b", entry],
      ]);
      expect([again.options(), again.answer("k"), again.answer("old")]).toEqual([
        { log: "memory", updatesPerSecond: 5 },
        { epoch: EPOCH, seq: 1, ts: 5 },
        undefined,
      ]);
      state.clear();
      const cleared = reopen().state;
      expect([cleared.attributes(), cleared.answer("k"), cleared.options()]).toEqual([[], undefined, { log: "memory", updatesPerSecond: 5 }]);
    },
  ],
];
