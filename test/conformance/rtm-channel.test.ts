import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asServer, fresh } from "../support/accounts.ts";
import { closeRtm, next, type RtmUser, refusal, rtmUser, told } from "../support/rtm.ts";

afterAll(closeRtm);

describe.concurrent("a channel of RTM 1.x", () => {
  let ann: RtmUser;
  let bob: RtmUser;
  beforeAll(async () => {
    [ann, bob] = await Promise.all([rtmUser("ann"), rtmUser("bob")]);
  });
  /** A room of the test's own, with both in it. */
  const together = async () => {
    const name = fresh("room");
    const [anns, bobs] = [ann.client.createChannel(name), bob.client.createChannel(name)];
    await anns.join();
    await bobs.join();
    return { name, anns, bobs };
  };

  it("[RX60] RtmClient.createChannel makes one by its id, RtmChannel.channelId, and throws code 1 for an id that is none", () => {
    expect(ann.client.createChannel("a room!").channelId).toBe("a room!");
    for (const id of ["", "null", "a/b", "x".repeat(65), 7, undefined])
      expect(() => ann.client.createChannel(id as string)).toThrow(expect.objectContaining({ code: 1, name: "RtmInvalidArgumentError" }));
  });

  it("[RX61] RtmChannel.join: RtmChannelEvents.MemberJoined to the others, RtmChannelEvents.MemberCountUpdated to the joiner as well", async () => {
    const name = fresh("room");
    const [anns, bobs] = [ann.client.createChannel(name), bob.client.createChannel(name)];
    const counts = [told(anns, "MemberCountUpdated"), told(bobs, "MemberCountUpdated")];
    const joined = [told(anns, "MemberJoined"), told(bobs, "MemberJoined")];
    await anns.join();
    expect(counts[0]).toEqual([[1]]);
    const other = next(anns, "MemberJoined");
    const grown = next(anns, "MemberCountUpdated");
    await bobs.join();
    expect(counts[1]).toEqual([[2]]);
    expect(await other).toEqual([bob.uid]);
    expect(await grown).toEqual([2]);
    expect(joined).toEqual([[[bob.uid]], []]);
    expect(await refusal(anns.join())).toEqual({ code: 6, name: "RtmInvalidStatusError" });
    await Promise.all([anns.leave(), bobs.leave()]);
  });

  it("[RX62] RtmChannel.leave: RtmChannelEvents.MemberLeft to the others, nothing more to who left, and a channel can be joined again", async () => {
    const { anns, bobs } = await together();
    const left = next(bobs, "MemberLeft");
    await anns.leave();
    expect(await left).toEqual([ann.uid]);
    expect(await refusal(anns.leave())).toEqual({ code: 3, name: "RtmInvalidStatusError" });
    const heard = told(anns, "ChannelMessage");
    await bobs.sendMessage({ text: "to nobody" });
    await anns.join();
    const last = next(anns, "ChannelMessage");
    await bobs.sendMessage({ text: "again" });
    await last;
    expect(heard.map(([message]) => message)).toEqual([{ text: "again", messageType: "TEXT" }]);
    await Promise.all([anns.leave(), bobs.leave()]);
  });

  it("[RX63] a join that is left before it has succeeded fails with 201", async () => {
    const channel = ann.client.createChannel(fresh("room"));
    const join = refusal(channel.join());
    await channel.leave();
    expect(await join).toEqual({ code: 201, name: "RtmInvalidStatusError" });
    await channel.join();
    await channel.leave();
  });

  it("[RX64] a second object of a joined channel cannot be joined: 202", async () => {
    const name = fresh("room");
    const [one, two] = [ann.client.createChannel(name), ann.client.createChannel(name)];
    await one.join();
    expect(await refusal(two.join())).toEqual({ code: 202, name: "RtmInvalidStatusError" });
    await one.leave();
    await two.join();
    await two.leave();
  });

  it("[RX65] 20 channels are joined at once, and no more: 5", async () => {
    const carol = await rtmUser("carol");
    const channels = Array.from({ length: 21 }, () => carol.client.createChannel(fresh("room")));
    await Promise.all(channels.slice(0, 20).map((channel) => channel.join()));
    expect(await refusal(channels[20]?.join() ?? Promise.resolve())).toEqual({ code: 5, name: "RtmLimitExceededError" });
    await channels[0]?.leave();
    await channels[20]?.join();
    await carol.client.logout();
  });

  it("[RX66] RtmChannel.sendMessage reaches the others by RtmChannelEvents.ChannelMessage, and not its sender", async () => {
    const { anns, bobs } = await together();
    const own = told(anns, "ChannelMessage");
    const heard = told(bobs, "ChannelMessage");
    const last = next(bobs, "ChannelMessage", ({ messageType }) => messageType === "RAW");
    await anns.sendMessage({ text: "plain" });
    await anns.sendMessage({ rawMessage: new Uint8Array([1, 2, 255]), description: "bytes" }, { enableHistoricalMessaging: true });
    await last;
    expect(heard.map(([message, from]) => [message, from])).toEqual([
      [{ text: "plain", messageType: "TEXT" }, ann.uid],
      [{ rawMessage: new Uint8Array([1, 2, 255]), description: "bytes", messageType: "RAW" }, ann.uid],
    ]);
    expect(heard[0]?.[2]).toEqual({ serverReceivedTs: expect.any(Number) });
    const answer = next(anns, "ChannelMessage");
    await bobs.sendMessage({ text: "heard" });
    await answer;
    expect(own).toHaveLength(1);
    await Promise.all([anns.leave(), bobs.leave()]);
  });

  it("[RX67] RtmChannel.sendMessage refuses with 5 who is not in, with 4 what is no message or too large", async () => {
    const channel = ann.client.createChannel(fresh("room"));
    expect(await refusal(channel.sendMessage({ text: "hi" }))).toEqual({ code: 5, name: "RtmInvalidStatusError" });
    await channel.join();
    for (const message of [{}, { text: "x".repeat(32 * 1024 + 1) }])
      expect(await refusal(channel.sendMessage(message as never))).toEqual({ code: 4, name: "RtmInvalidArgumentError" });
    await channel.sendMessage({ text: "x".repeat(32 * 1024) });
    await channel.leave();
  });

  it("[RX68] with enableHistoricalMessaging a message is in the channel's history", async () => {
    const { name, anns, bobs } = await together();
    await anns.sendMessage({ text: "for the record" }, { enableHistoricalMessaging: true });
    await anns.sendMessage({ text: "for nobody" });
    const { body } = await asServer("GET", `/v1/channels/message/${name}/messages`);
    expect(JSON.stringify(body)).toContain("for the record");
    expect(JSON.stringify(body)).not.toContain("for nobody");
    await Promise.all([anns.leave(), bobs.leave()]);
  });

  it("[RX69] RtmChannel.getMembers lists all members, and RtmClient.getChannelMemberCount counts those of up to 32 channels", async () => {
    const { name, anns, bobs } = await together();
    expect((await bobs.getMembers()).sort()).toEqual([ann.uid, bob.uid].sort());
    const carol = await rtmUser("carol");
    const nobody = fresh("nobody");
    expect(await carol.client.getChannelMemberCount([name, nobody])).toEqual({ [name]: 2, [nobody]: 0 });
    expect(await refusal(carol.client.getChannelMemberCount([]))).toMatchObject({ code: 2 });
    expect(await refusal(carol.client.getChannelMemberCount(Array.from({ length: 33 }, (_, n) => `room ${n}`)))).toMatchObject({ code: 5 });
    await Promise.all([anns.leave(), bobs.leave()]);
    expect(await refusal(anns.getMembers())).toEqual({ code: 5, name: "RtmInvalidStatusError" });
  });
});

describe.concurrent("attributes of a channel", () => {
  it("[RX80] RtmClient.setChannelAttributes replaces all, from outside as well, and RtmClient.getChannelAttributes says who wrote them and when", async () => {
    const ann = await rtmUser("ann");
    const name = fresh("room");
    const before = Date.now();
    await ann.client.setChannelAttributes(name, { topic: "flags", ["__proto__"]: "kept" });
    await ann.client.setChannelAttributes(name, { topic: "lamps", ["__proto__"]: "kept" });
    const attributes = await ann.client.getChannelAttributes(name);
    expect(Object.keys(attributes).sort()).toEqual(["__proto__", "topic"]);
    expect(attributes.topic).toEqual({ value: "lamps", lastUpdateUserId: ann.uid, lastUpdateTs: expect.any(Number) });
    expect(Math.abs((attributes.topic?.lastUpdateTs ?? 0) - before)).toBeLessThan(60_000);
  });

  it("[RX81] RtmClient.addOrUpdateChannelAttributes merges; RtmChannelEvents.AttributesUpdated has all, and only if the writer asked for it", async () => {
    const [ann, bob] = await Promise.all([rtmUser("ann"), rtmUser("bob")]);
    const name = fresh("room");
    const bobs = bob.client.createChannel(name);
    await bobs.join();
    const updates = told(bobs, "AttributesUpdated");
    await ann.client.setChannelAttributes(name, { topic: "flags" });
    const updated = next(bobs, "AttributesUpdated");
    await ann.client.addOrUpdateChannelAttributes(name, { colour: "red" }, { enableNotificationToChannelMembers: true });
    const [attributes] = await updated;
    expect(attributes).toMatchObject({ topic: { value: "flags", lastUpdateUserId: ann.uid }, colour: { value: "red" } });
    expect(updates).toHaveLength(1);
  });

  it("[RX82] RtmClient.deleteChannelAttributesByKeys, RtmClient.clearChannelAttributes and RtmClient.getChannelAttributesByKeys", async () => {
    const { client } = await rtmUser("ann");
    const name = fresh("room");
    await client.setChannelAttributes(name, { topic: "flags", colour: "red", size: "large" });
    await client.deleteChannelAttributesByKeys(name, ["size"]);
    expect(Object.keys(await client.getChannelAttributesByKeys(name, ["topic", "size"]))).toEqual(["topic"]);
    expect(Object.keys(await client.getChannelAttributes(name)).sort()).toEqual(["colour", "topic"]);
    await client.clearChannelAttributes(name);
    expect(await client.getChannelAttributes(name)).toEqual({});
  });

  it("[RX83] refuse with 3 what is malformed and with 4 what is too large", async () => {
    const { client } = await rtmUser("ann");
    const name = fresh("room");
    expect(await refusal(client.setChannelAttributes("null", { a: "b" }))).toEqual({ code: 3, name: "RtmInvalidArgumentError" });
    expect(await refusal(client.getChannelAttributes(""))).toMatchObject({ code: 3 });
    expect(await refusal(client.getChannelAttributesByKeys(name, [7] as never))).toMatchObject({ code: 3 });
    const block = "x".repeat(8 * 1024);
    expect(await refusal(client.setChannelAttributes(name, { a: block, b: block, c: block, d: block }))).toEqual({ code: 4, name: "RtmLimitExceededError" });
    await client.setChannelAttributes(name, { a: block, b: block, c: block });
    expect(await refusal(client.addOrUpdateChannelAttributes(name, { d: block }))).toMatchObject({ code: 4 });
  });
});
