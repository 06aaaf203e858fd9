import { describe, expect, it } from "vitest";
import type { Parcel } from "../../../src/domain/user/peer-message.ts";
import { DEFAULT_SETTINGS } from "../../../src/protocol/settings.ts";
import { PackedSettings, packParcel, packReply, unpackParcel, unpackReply } from "../../../src/server/objects/user/parcel.ts";

const parcel = (...data: (string | Uint8Array)[]): Parcel => ({
  from: "ada",
  deliveries: data.map((each, id) => ({ message: { from: "ada", device: "phone", id, ts: 1, data: each }, ifAbsent: "keep" })),
  settlements: [{ from: "bob", device: "__proto__", id: 1, delivered: 1, waiting: 0, final: true }],
  life: "one",
});

describe("what goes between users' objects", () => {
  it("[PM28] comes out as it went in, as text where there is nothing but text", () => {
    for (const sent of [parcel(), parcel("x", '"\n\u2028\ud800', ""), parcel("x", new Uint8Array([0, 255])), { from: "ada", deliveries: [] }]) {
      expect(unpackParcel(packParcel(sent))).toEqual(sent);
    }
    expect(typeof packParcel(parcel("x"))).toBe("string");
    expect(typeof packParcel(parcel("x", new Uint8Array()))).toBe("object");
    const replies = [{ life: "one" }, { life: "one", answers: [] }, { life: "one", answers: [{ state: "pending", copies: 1, waiting: 0 }] }] as const;
    for (const reply of replies) expect(unpackReply(packReply(reply))).toEqual(reply);
  });

  it("[PM28] brings the app's settings, which are made anew only where they have changed", () => {
    const [sender, receiver] = [new PackedSettings(), new PackedSettings()];
    const other = { ...DEFAULT_SETTINGS, history: false };
    const first = receiver.unpack(sender.pack(DEFAULT_SETTINGS));
    expect(first).toEqual(DEFAULT_SETTINGS);
    expect(receiver.unpack(sender.pack({ ...DEFAULT_SETTINGS }))).toBe(first);
    expect(receiver.unpack(sender.pack(other))).toEqual(other);
    expect(receiver.unpack(receiver.pack(first))).toEqual(DEFAULT_SETTINGS);
  });
});
