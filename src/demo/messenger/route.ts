import { useEffect, useState } from "preact/hooks";
import type { ConversationRef } from "../../client/chat/index.ts";

export type Tab = "chats" | "contacts" | "me";
export interface Route {
  readonly tab: Tab;
  /** The open conversation. */
  readonly with?: ConversationRef;
  /** The message that is looked for. */
  readonly at?: number;
  /** The threads of the group beside it. */
  readonly threads?: true;
}

const KINDS: Readonly<Record<string, ConversationRef["type"]>> = { chat: "single", group: "group", thread: "thread" };

const THREADS = "threads";

/** The place stands in the address: the browser's way back works, and a reload is in the same place. */
export function routeOf(hash: string): Route {
  const [kind = "", name = "", at] = hash.replace(/^#\/?/, "").split("/");
  if (kind === "contacts" || kind === "me") return { tab: kind };
  const type = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (type === undefined || name === "") return { tab: "chats" };
  const seq = Number(at);
  return {
    tab: "chats",
    with: { type, id: decoded(name) },
    ...(Number.isSafeInteger(seq) && seq > 0 && { at: seq }),
    ...(type === "group" && at === THREADS && { threads: true }),
  };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

export function hashOf(route: Route): string {
  if (route.with !== undefined) {
    const { type, id } = route.with;
    const rest = route.threads ? `/${THREADS}` : route.at === undefined ? "" : `/${route.at}`;
    return `#/${type === "single" ? "chat" : type}/${encodeURIComponent(id)}${rest}`;
  }
  return route.tab === "chats" ? "#/" : `#/${route.tab}`;
}

export const go = (route: Route): void => {
  location.hash = hashOf(route);
};

export function useRoute(): Route {
  const [route, setRoute] = useState(() => routeOf(location.hash));
  useEffect(() => {
    const changed = () => setRoute(routeOf(location.hash));
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return route;
}
