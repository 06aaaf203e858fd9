import { createElement, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { type Chats, openChat } from "../../src/client/chat/index.ts";
import {
  useConversations,
  useGroup,
  useGroupAsking,
  useGroupFiles,
  useGroupListed,
  useGroupMembers,
  useMemberAttributes,
  useMessages,
  usePeople,
  usePresence,
  usePresenceDetails,
  useReceipts,
  useTyping,
} from "../../src/react/index.ts";

/** Renders everything that the hooks give, as text, around a service of the test's making. */
const listeners = new Map<string, Set<(event: unknown) => void>>();
let sent = 0;
/** Of Bob in the group. */
let nickname = "Bobby";
const client = {
  user: "ann",
  state: "connected",
  on(name: string, listener: (event: unknown) => void) {
    listeners.set(name, (listeners.get(name) ?? new Set()).add(listener));
    return () => listeners.get(name)?.delete(listener);
  },
  async call(op: string, input: { users?: string[]; conversation?: unknown }) {
    if (op === "conversation.list") return { entries: [], revision: 0, more: false, behind: [] };
    if (op === "profile.query") return { profiles: [{ user: "bob", profile: { nickname: "Bobby" } }] };
    if (op === "contact.list") return { contacts: [], more: false };
    if (op === "block.list") return { users: [] };
    if (op === "presence.subscribe") return { users: (input.users ?? []).map((user) => ({ user, state: "ONLINE" })) };
    if (op === "group.get") return { details: { name: "Birds" }, members: 2, owner: "bob", role: "member", muted: false, allowed: false };
    if (op === "group.members")
      return { members: ["ann", "bob"].map((user) => ({ user, role: "member", joinedAt: 1, ...(user === "bob" && { attributes: { nickname } }) })) };
    if (op === "group.listed") return { users: [{ user: "cho" }] };
    if (op === "group.asking") return { users: [{ user: "di", reason: "please", at: 1 }] };
    if (op === "group.files") return { files: [{ file: 1, media: "m", name: "song.txt", owner: "bob", bytes: 3, type: "text/plain", at: 1, expiresAt: 9 }] };
    if (op === "group.member-attributes") return { members: [{ user: "bob", attributes: { nickname } }] };
    if (op === "message.receipt-counts") return { counts: [{ seq: 1, of: 2, delivered: 2, read: 1 }] };
    if (op === "message.send") return { seq: ++sent, ts: 1, id: String(sent) };
    return {};
  },
};

const say = (name: string, event: { readonly event?: { readonly attributes?: { readonly nickname?: string } } }): void => {
  nickname = event.event?.attributes?.nickname ?? nickname;
  for (const listener of listeners.get(name) ?? []) listener(event);
};

const counts = { list: 0, chat: 0, group: 0, led: 0 };

function List({ chats }: { readonly chats: Chats }) {
  counts.list += 1;
  const { conversations, unread, connected, synced } = useConversations(chats);
  const { nameOf } = usePeople(
    chats,
    conversations.map(({ conversation }) => conversation.id),
  );
  const users = conversations.map(({ conversation }) => conversation.id);
  const presence = usePresence(chats, users);
  const details = usePresenceDetails(chats, users);
  const rows = conversations.map(({ conversation: { id } }) => [nameOf(id), presence.get(id) ?? "?", details.get(id)?.ext].join(" ").trim());
  return createElement("p", { id: "list" }, JSON.stringify({ rows, unread, connected, synced }));
}

function Chat({ chats }: { readonly chats: Chats }) {
  counts.chat += 1;
  const { messages, outgoing, older } = useMessages(chats, "bob", { limit: 3 });
  const typing = useTyping(chats);
  const texts = messages.map(({ content }) => (content?.type === "text" ? content.text : "gone"));
  const waiting = outgoing.map(({ content }) => (content.type === "text" ? content.text : ""));
  return createElement("p", { id: "chat" }, JSON.stringify({ texts, waiting, older, typing: [...typing] }));
}

function Group({ chats }: { readonly chats: Chats }) {
  counts.group += 1;
  const group = useGroup(chats, "birds");
  const { members, more } = useGroupMembers(chats, "birds");
  return createElement(
    "p",
    { id: "group" },
    JSON.stringify({ name: group?.details.name, size: group?.members, members: members.map(({ user }) => user), more }),
  );
}

const BIRDS = { type: "group", id: "birds" } as const;

/** What its owner sees of a group, and who has read what. */
function Led({ chats }: { readonly chats: Chats }) {
  counts.led += 1;
  const [muted, asking, nobody] = [
    useGroupListed(chats, "birds", "mute"),
    useGroupAsking(chats, "birds", "application"),
    useGroupAsking(chats, undefined, "invitation"),
  ];
  const { files, uploads } = useGroupFiles(chats, "birds");
  const attributesOf = useMemberAttributes(chats, "birds", ["bob"]);
  const { messages } = useMessages(chats, BIRDS);
  const { reached, numbersOf } = useReceipts(chats, BIRDS, messages);
  const lists = [muted, asking, nobody].map(({ rows }) => rows.map(({ user }) => user));
  const read = messages.map((message) => [reached(message), numbersOf(message)?.read]);
  return createElement(
    "p",
    { id: "led" },
    JSON.stringify({ lists, files: files.map(({ name }) => name), uploads: uploads.length, name: attributesOf("bob")?.nickname, read }),
  );
}

const chats = await openChat(client as never);
const root = createRoot(document.body.appendChild(document.createElement("div")));
root.render(
  createElement(
    StrictMode,
    null,
    createElement(List, { chats }),
    createElement(Chat, { chats }),
    createElement(Group, { chats }),
    createElement(Led, { chats }),
  ),
);

Object.assign(globalThis, { say, chats, counts, unmount: () => root.unmount(), listeners });
