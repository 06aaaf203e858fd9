import { expect } from "vitest";
import type { InboxStore } from "../../src/domain/user/inbox-store.ts";
import type { Message } from "../../src/protocol/messages/message.ts";

const message = (id: number, data: string | Uint8Array, extra: Partial<Message> = {}): Message => ({ from: "ada", device: "phone", id, ts: 5, data, ...extra });
const entry = (seq: number, devices: string[] = ["d"]) => ({ seq, from: "ada", device: "phone", id: seq, bytes: 10, devices });

interface Opened {
  readonly store: InboxStore;
  /** The same store as after a restart. */
  readonly reopen: () => InboxStore;
}

/** What `Inbox` may rely on, as checks of a fresh store. */
export const inboxStoreCases: readonly (readonly [string, (opened: Opened) => void])[] = [
  [
    "is empty at first",
    ({ store }) => {
      expect([store.head(), store.readers(), store.pages()]).toEqual([undefined, [], []]);
    },
  ],
  [
    "keeps head and readers over a restart",
    ({ store, reopen }) => {
      store.setHead({ epoch: "00ff00ff00ff00ff", seq: 7, floor: 3 });
      store.setReader({ device: "b", cursor: 1, since: 2, lost: 0, unbridged: 0 });
      store.setReader({ device: "__proto__", cursor: 4, since: 0, lost: 9, unbridged: 3 });
      store.setReader({ device: "b", cursor: 5, since: 2, lost: 0, unbridged: 0 });
      const again = reopen();
      expect(again.head()).toEqual({ epoch: "00ff00ff00ff00ff", seq: 7, floor: 3 });
      expect(again.readers().toSorted((x, y) => x.cursor - y.cursor)).toEqual([
        { device: "__proto__", cursor: 4, since: 0, lost: 9, unbridged: 3 },
        { device: "b", cursor: 5, since: 2, lost: 0, unbridged: 0 },
      ]);
      again.removeReader("b");
      expect(reopen().readers()).toHaveLength(1);
    },
  ],
  [
    "keeps pages in order with their messages, text and bytes mixed",
    ({ store, reopen }) => {
      const second = [message(3, "three")];
      const first = [
        message(1, new Uint8Array([0, 255])),
        message(2, "", { customType: "t", to: "bob" }),
        message(4, new Uint8Array(0)),
        message(5, new Uint8Array([9]), { stored: true }),
      ];
      store.addPage({ first: 5, last: 5, at: 20, entries: [entry(5)] }, second);
      store.addPage({ first: 1, last: 4, at: 10, entries: [entry(1), entry(2, []), entry(3, ["'; --", "e"]), entry(4)] }, first);
      const again = reopen();
      expect(again.pages().map((page) => page.first)).toEqual([1, 5]);
      expect(again.pages()[0]).toEqual({ first: 1, last: 4, at: 10, entries: [entry(1), entry(2, []), entry(3, ["'; --", "e"]), entry(4)] });
      expect(again.messages(1)).toEqual(first);
      expect(again.messages(5)).toEqual(second);
      again.addPage({ first: 6, last: 6, at: 30, entries: [{ ...entry(6), bridged: true }] }, [message(6, "six")]);
      expect(reopen().pages().at(-1)?.entries).toEqual([{ ...entry(6), bridged: true }]);
      again.addPage({ first: 7, last: 7, at: 31, entries: [{ ...entry(7), ahead: true }] }, [message(7, "seven")]);
      expect(reopen().pages().at(-1)?.entries).toEqual([{ ...entry(7), ahead: true }]);
      again.removePage(6);
      again.removePage(7);
      again.removePage(1);
      expect(
        reopen()
          .pages()
          .map((page) => page.first),
      ).toEqual([5]);
    },
  ],
];
