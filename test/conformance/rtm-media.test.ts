import { createHash, randomBytes } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import type { Client } from "../../src/client/client.ts";
import { connect } from "../../src/client/connect.ts";
import { type RtmOperation, rtmError } from "../../src/rtm/errors.ts";
import { MediaTransfers } from "../../src/rtm/media.ts";
import type { MediaOperationProgress, RtmFileMessage } from "../../src/rtm/types.ts";
import { fresh, service, sharedApp, tokenFor } from "../support/accounts.ts";

const MIB = 1024 * 1024;
const open: Client[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});

async function transfers(what: string): Promise<{ user: string; files: MediaTransfers }> {
  const user = fresh(what);
  const client = await connect({ url: service().url, app: sharedApp().id, user, token: await tokenFor(user), device: "one" });
  open.push(client);
  return { user, files: new MediaTransfers({ client: () => client, scale: service().scale }) };
}

const coded = (code: number, name?: string) =>
  expect.objectContaining({ code, message: expect.stringMatching(`^Error Code ${code} - `), ...(name === undefined ? {} : { name }) });
const hashOf = async (file: Blob): Promise<string> =>
  createHash("sha256")
    .update(new Uint8Array(await file.arrayBuffer()))
    .digest("hex");
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

describe("media messages of RTM 1.x", () => {
  it("[RM1] carry a file to whoever has the message, with its type; [RM6] each recipient's id is its own", async () => {
    const [ada, grace] = [await transfers("ada"), await transfers("grace")];
    const payload = new Blob([Uint8Array.from(PNG), randomBytes(1_000)]);
    const thumbnail = new Blob(["small"]);
    const message = await ada.files.upload(payload, { messageType: "IMAGE", fileName: "a.png", description: "tea", thumbnail, width: 4, height: 3 });
    expect(message).toEqual({
      mediaId: expect.any(String),
      size: 1_008,
      fileName: "a.png",
      description: "tea",
      thumbnail,
      width: 4,
      height: 3,
      messageType: "IMAGE",
    });
    const sent = await ada.files.addressed(message, { user: grace.user });
    expect(sent).toEqual({ ...message, mediaId: expect.any(String) });
    expect(sent.mediaId).not.toBe(message.mediaId);
    const got = await grace.files.download(sent.mediaId);
    expect([got.type, await hashOf(got)]).toEqual(["image/png", await hashOf(payload)]);
    await expect(grace.files.download(message.mediaId)).rejects.toEqual(coded(1));
    await expect(ada.files.download(sent.mediaId)).rejects.toEqual(coded(1));
    const text = { text: "hi", messageType: "TEXT" } as const;
    expect(ada.files.addressed(text, { user: "x" })).toBe(text);
  });

  it("[RM2] tell how far they are, and are called off", async () => {
    const { files } = await transfers("ada");
    const payload = new Blob([randomBytes(6 * MIB)]);
    const up: MediaOperationProgress[] = [];
    const down: MediaOperationProgress[] = [];
    const { mediaId, messageType } = await files.upload(payload, undefined, { onOperationProgress: (progress) => up.push(progress) });
    expect(messageType).toBe("FILE");
    await files.download(mediaId, { onOperationProgress: (progress) => down.push(progress) });
    for (const told of [up, down]) expect(told.at(-1)).toEqual({ currentSize: 6 * MIB, totalSize: 6 * MIB });
    const cancelled = new AbortController();
    setTimeout(() => cancelled.abort(), 10);
    await expect(files.upload(new Blob([randomBytes(20 * MIB)]), {}, { cancelSignal: cancelled.signal })).rejects.toEqual(coded(6, "RtmUnavailableError"));
    await expect(files.download(mediaId, { cancelSignal: cancelled.signal })).rejects.toEqual(coded(6));
    const download = files.download(mediaId);
    files.detach();
    await expect(download).rejects.toEqual(coded(6));
  });

  it("[RM3] are nine at a time", async () => {
    const { files } = await transfers("ada");
    const nine = Array.from({ length: 9 }, () => files.upload(new Blob(["abc"])));
    await expect(files.upload(new Blob(["abc"]))).rejects.toEqual(coded(5, "RtmLimitExceededError"));
    await expect(files.download("anything")).rejects.toEqual(coded(5));
    const [first] = await Promise.all(nine);
    expect(await (await files.download((first as RtmFileMessage).mediaId)).text()).toBe("abc");
  });

  it("[RM4] have a code for each fault of the caller", async () => {
    const { files } = await transfers("ada");
    const good = new Blob(["abc"]);
    const wrong: [unknown, unknown?, unknown?][] = [
      ["abc"],
      [new Uint8Array(3)],
      [new Blob([])],
      [good, { messageType: "TEXT" }],
      [good, { fileName: 5 }],
      [good, { thumbnail: "small" }],
      [good, { messageType: "IMAGE", width: "4" }],
      [good, {}, { cancelSignal: {} }],
      [good, {}, { onOperationProgress: 1 }],
      [new Blob(["no picture"], { type: "image/png" })],
    ];
    for (const call of wrong) await expect(files.upload(...(call as [Blob])), JSON.stringify(call)).rejects.toEqual(coded(2, "RtmInvalidArgumentError"));
    await expect(files.upload(new Blob([new Uint8Array(30 * MIB + 1)]))).rejects.toEqual(coded(4, "RtmLimitExceededError"));
    for (const id of ["", 5]) await expect(files.download(id as string)).rejects.toEqual(coded(2));
  });

  it("[RM5] have 32 KB for what goes with the file", async () => {
    const { files } = await transfers("ada");
    const attached = { fileName: "я".repeat(500), description: "d".repeat(1_000), thumbnail: new Blob([new Uint8Array(32 * 1024 - 2_000)]) };
    expect(await files.upload(new Blob(["abc"]), attached)).toMatchObject({ fileName: attached.fileName, size: 3 });
    await expect(files.upload(new Blob(["abc"]), { ...attached, description: "d".repeat(1_001) })).rejects.toEqual(coded(4));
  });

  it("[RM7] what is not there is NOT_EXIST, and without a login everything is 102", async () => {
    const { files } = await transfers("ada");
    await expect(files.download("media-1.AAAA")).rejects.toEqual(coded(4, "RtmUnavailableError"));
    const nobody = new MediaTransfers({
      client: (operation: RtmOperation) => {
        throw rtmError(operation, 102);
      },
      scale: 1,
    });
    await expect(nobody.upload(new Blob(["abc"]))).rejects.toEqual(coded(102, "RtmInvalidStatusError"));
    await expect(nobody.download("x")).rejects.toEqual(coded(102));
  });
});
