import { afterAll, describe, expect, it } from "vitest";
import type { RtmMetadata, RtmMetadataItem } from "../../src/rtm/metadata-item.ts";
import { fresh } from "../support/accounts.ts";
import { closeRtm, next, type RtmUser, refusal, rtmUser } from "../support/rtm.ts";

afterAll(closeRtm);

const item = ({ client }: RtmUser, key: string, value: string | null = null, revision?: number): RtmMetadataItem => {
  const made = client.createMetadataItem();
  made.setKey(key);
  made.setValue(value);
  if (revision !== undefined) made.setRevision(revision);
  return made;
};
const pairs = ({ items }: RtmMetadata): Record<string, unknown> => Object.fromEntries(items.map((each) => [each.getKey(), each.getValue()]));

describe.concurrent("metadata of RTM 1.6", () => {
  it("[RD1] RtmClient.createMetadataItem: RtmMetadataItem.setKey, RtmMetadataItem.setValue and RtmMetadataItem.setRevision are what RtmMetadataItem.getKey, RtmMetadataItem.getValue and RtmMetadataItem.getRevision give", async () => {
    const ann = await rtmUser("ann");
    const made = item(ann, "mood", "calm", 3);
    expect([made.getKey(), made.getValue(), made.getRevision()]).toEqual(["mood", "calm", 3]);
  });

  it("[RD2] RtmClient.setLocalUserMetadata, RtmClient.addLocalUserMetadata, RtmClient.updateLocalUserMetadata and RtmClient.deleteLocalUserMetadata change what RtmClient.getUserMetadata reads, until RtmClient.clearLocalUserMetadata", async () => {
    const [ann, bob] = await Promise.all([rtmUser("ann"), rtmUser("bob")]);
    const seen = async () => pairs(await bob.client.getUserMetadata(ann.uid));
    await ann.client.setLocalUserMetadata([item(ann, "mood", "calm"), item(ann, "hat", "red")]);
    await ann.client.addLocalUserMetadata([item(ann, "shoes", "none")]);
    expect(await refusal(ann.client.addLocalUserMetadata([item(ann, "hat", "blue")]))).toMatchObject({ code: 2 });
    await ann.client.updateLocalUserMetadata([item(ann, "mood", "wild")]);
    expect(await refusal(ann.client.updateLocalUserMetadata([item(ann, "coat", "long")]))).toMatchObject({ code: 2 });
    await ann.client.deleteLocalUserMetadata([item(ann, "hat")]);
    expect(await seen()).toEqual({ mood: "wild", shoes: "none" });
    await ann.client.clearLocalUserMetadata();
    expect(await seen()).toEqual({});
  });

  it("[RD4] RtmMetadataItem.getUpdateTs and RtmMetadataItem.getAuthorUserId say when and who, if that was asked for", async () => {
    const ann = await rtmUser("ann");
    const before = Date.now();
    await ann.client.setLocalUserMetadata([item(ann, "mood", "calm")], { enableRecordTs: true, enableRecordUserId: true });
    const { items } = await ann.client.getUserMetadata(ann.uid);
    expect(items.map((each) => each.getAuthorUserId())).toEqual([ann.uid]);
    expect(Math.abs((items[0]?.getUpdateTs() ?? 0) - before)).toBeLessThan(60_000);
  });

  it("[RD5] RtmClient.subscribeUserMetadata: RtmClientEvents.UserMetaDataUpdated tells each change, until RtmClient.unsubscribeUserMetadata", async () => {
    const [ann, bob] = await Promise.all([rtmUser("ann"), rtmUser("bob")]);
    await bob.client.subscribeUserMetadata(ann.uid);
    const updated = next(bob.client, "UserMetaDataUpdated");
    await ann.client.setLocalUserMetadata([item(ann, "mood", "calm")]);
    const [uid, data] = await updated;
    expect([uid, pairs(data)]).toEqual([ann.uid, { mood: "calm" }]);
    await bob.client.unsubscribeUserMetadata(ann.uid);
  });

  it("[RD2] [RD5] RtmChannel.setChannelMetadata, RtmChannel.addChannelMetadata, RtmChannel.updateChannelMetadata, RtmChannel.deleteChannelMetadata and RtmChannel.clearChannelMetadata change what RtmChannel.getChannelMetadata reads; RtmClientEvents.ChannelMetaDataUpdated tells members", async () => {
    const [ann, bob] = await Promise.all([rtmUser("ann"), rtmUser("bob")]);
    const name = fresh("room");
    const [anns, bobs] = [ann.client.createChannel(name), bob.client.createChannel(name)];
    await Promise.all([anns.join(), bobs.join()]);
    const updated = next(bob.client, "ChannelMetaDataUpdated");
    await anns.setChannelMetadata([item(ann, "topic", "flags"), item(ann, "size", "large")]);
    const [data, channelId] = await updated;
    expect([pairs(data), channelId]).toEqual([{ topic: "flags", size: "large" }, name]);
    await anns.addChannelMetadata([item(ann, "colour", "red")]);
    await anns.updateChannelMetadata([item(ann, "topic", "lamps")]);
    await anns.deleteChannelMetadata([item(ann, "size")]);
    const now = await bobs.getChannelMetadata();
    expect(pairs(now)).toEqual({ topic: "lamps", colour: "red" });
    expect(await refusal(bobs.setChannelMetadata([item(bob, "topic", "late")], { majorRevision: now.majorRevision - 1 }))).toMatchObject({ code: 2 });
    await bobs.clearChannelMetadata({ majorRevision: now.majorRevision });
    expect(pairs(await anns.getChannelMetadata())).toEqual({});
  });
});
