// What a program that installs the package sees: compiled, not run.
import { type Channel, type Client, connect, type InputOf, type OutputOf, WigwagError } from "wigwag";
import { type Call, CallError, calls } from "wigwag/call";
import { type Chats, type ChatsEvents, indexedStore, MemoryStore, MessageWindow, openChat, openTabs } from "wigwag/chat";
import { media } from "wigwag/media";
import { type MetadataSet, metadata } from "wigwag/metadata";
import { useConversations, useMessages } from "wigwag/react";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <_Condition extends true>(): void => {};

holds<Equal<OutputOf<"peer.send">["delivered"], number>>();
holds<Equal<InputOf<"channel.member-count">["channels"][number]["type"], "message" | "stream" | "room">>();

export async function program(): Promise<void> {
  const me: Client = await connect({ app: "a", user: "alice", token: async () => "token", timings: { scale: 0.1 } });
  me.on("message", ({ data, waited }) => {
    holds<Equal<typeof data, string | Uint8Array>>();
    holds<Equal<typeof waited, boolean>>();
  });
  const room: Channel = await me.join("lobby");
  const { counts } = await me.call("channel.member-count", { channels: [{ type: "message", name: room.name }] });
  holds<Equal<(typeof counts)[number]["count"], number>>();
  const { seq } = await room.publish(new Uint8Array(1), { store: true });
  holds<Equal<typeof seq, number | undefined>>();
  // @ts-expect-error There is no such operation.
  await me.call("channel.nonsense", {});
  // @ts-expect-error There is no such event.
  room.on("nonsense", () => {});
  // @ts-expect-error A channel is made by joining.
  new Channel();
  const phone = calls(me);
  const call: Call = phone.invite(["bob", "carol"], { content: "hello" });
  call.on("signal", ({ from, data }) => {
    holds<Equal<typeof from, string>>();
    holds<Equal<typeof data, string | Uint8Array>>();
  });
  call.on("ended", ({ error }) => {
    if (error instanceof CallError) holds<Equal<typeof error.code, "ended" | "not_joined" | "not_member" | "limit_exceeded" | "closed">>();
  });
  const store = metadata(me);
  const set = await store.follow(room);
  holds<Equal<typeof set, MetadataSet>>();
  await store.channel("lobby").set([{ key: "k", value: "v", revision: 0 }], { majorRevision: set.majorRevision });
  store.on("user", ({ user, by }) => holds<Equal<[typeof user, typeof by], [string, string | undefined]>>());
  // @ts-expect-error An item has a value.
  store.user().update([{ key: "k" }]);
  // @ts-expect-error What the module shares with the core is no public name.
  me.divert("x", () => {});
  throw new WigwagError({ code: "closed", message: "", retry: "never" });
}

export async function chat(me: Client): Promise<void> {
  const chats: Chats = await openChat(me, { store: new MemoryStore(), media });
  const sent = chats.conversation("bob").send("hello");
  holds<Equal<typeof sent.state, "waiting" | "uploading" | "sending" | "sent" | "failed" | "discarded">>();
  chats.conversation("bob").sendFile(new Blob(["a"]), { type: "image", width: 4, height: 3 });
  // @ts-expect-error A file is no text.
  chats.conversation("bob").sendFile(new Blob(["a"]), { type: "text", text: "hello" });
  chats.on("message", (told: ChatsEvents["message"]) => holds<Equal<typeof told.message.from, string>>());
  const window = new MessageWindow(chats, "bob");
  holds<Equal<typeof window.state.older, boolean>>();
  const tabs = await openTabs("alice", { name: "chat", store: await indexedStore("chat"), connect: async () => me });
  holds<Equal<typeof tabs.leads, boolean>>();
}

export function Shown(chats: Chats): number {
  const { messages } = useMessages(chats, "bob", { limit: 10 });
  return messages.length + useConversations(chats).unread;
}
