import { useEffect } from "preact/hooks";
import { type Content, type GroupNews, groupsOf, type TabChats } from "../../client/chat/index.ts";
import type { Say, Word } from "./words.ts";

/** What of a group's life stands between its messages. It is kept on this device alone: who was not there sees how things are, and not how they came to be. */
const TIPS: Partial<Record<GroupNews["event"]["kind"], Word>> = {
  joined: "tipJoined",
  left: "tipLeft",
  ownerChanged: "tipOwner",
  appointed: "tipAppointed",
  deposed: "tipDeposed",
  updated: "tipUpdated",
  fileShared: "tipFileShared",
  fileDropped: "tipFileDropped",
};
const EVENT = "wigwag.group";

/** Puts tips among the messages: the tab that has the connection does, for all. */
export function useGroupTips(chats: TabChats): void {
  useEffect(
    () =>
      chats.on("group", ({ group, from, event }) => {
        const word = TIPS[event.kind];
        if (word === undefined || !chats.leads) return;
        const params = paramsOf({ group, from, event });
        if (params === undefined) return;
        const content: Content = { type: "custom", event: EVENT, params: { word, ...params } };
        chats
          .conversation(groupsOf(chats).ref(group))
          .insert({ content, from: from ?? params.users })
          .catch(() => {});
      }),
    [chats],
  );
}

function paramsOf({ from = "", event }: GroupNews): { by: string; users: string; what: string } | undefined {
  switch (event.kind) {
    case "joined":
    case "left":
      return { by: event.users.includes(from) ? "" : from, users: event.users.join("\n"), what: "" };
    case "ownerChanged":
      return { by: from, users: event.owner, what: "" };
    case "appointed":
    case "deposed":
      return { by: from, users: event.user, what: "" };
    case "fileShared":
      return { by: event.file.owner, users: event.file.owner, what: event.file.name };
    case "fileDropped":
      return from === "" ? undefined : { by: from, users: from, what: event.name };
    case "updated": {
      const { name, announcement, allMuted } = event.changed;
      if (name !== undefined) return { by: from, users: from, what: `name:${name}` };
      if (announcement !== undefined) return { by: from, users: from, what: `announcement:${announcement}` };
      return allMuted === undefined ? undefined : { by: from, users: from, what: `muted:${allMuted}` };
    }
    default:
      return undefined;
  }
}

/** In words; undefined: it is no tip. */
export function tipOf(content: Content | undefined, say: Say, nameOf: (user: string) => string): string | undefined {
  if (content?.type !== "custom" || content.event !== EVENT) return undefined;
  const { word = "", by = "", users = "", what = "" } = content.params ?? {};
  const names = users.split("\n").map(nameOf).join(", ");
  const name = by === "" ? "" : nameOf(by);
  switch (word) {
    case "tipJoined":
      return by === "" ? say("tipJoined", { names }) : say("tipAdded", { name, names });
    case "tipLeft":
      return by === "" ? say("tipLeft", { names }) : say("tipRemoved", { name, names });
    case "tipOwner":
    case "tipAppointed":
    case "tipDeposed":
      return say(word, { names });
    case "tipFileShared":
    case "tipFileDropped":
      return say(word, { name: names, file: what });
    case "tipUpdated": {
      const [kind, rest] = [what.slice(0, what.indexOf(":")), what.slice(what.indexOf(":") + 1)];
      if (kind === "name") return say("tipNamed", { name: names, group: rest });
      if (kind === "announcement") return rest === "" ? say("tipNoAnnouncement", { name: names }) : say("tipAnnounced", { name: names, text: rest });
      return say(rest === "true" ? "tipAllMuted" : "tipAllUnmuted", { name: names });
    }
    default:
      return undefined;
  }
}
