import { createElement, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { useRoom } from "../../src/react/index.ts";

/** Renders what `useRoom` gives, as text, around a service of the test's making. */
const listeners = new Map<string, Set<(event: unknown) => void>>();
const on = (name: string, listener: (event: unknown) => void) => {
  listeners.set(name, (listeners.get(name) ?? new Set()).add(listener));
  return () => listeners.get(name)?.delete(listener);
};
const counts = { joined: 0, left: 0, shown: 0 };
const said = (n: number) => ({ id: `m${n}`, key: `k${n}`, content: { type: "text", text: `said ${n}` } });
const channel = {
  name: "stage",
  count: 2,
  state: "joined",
  on: (name: string, listener: (event: unknown) => void) => on(`channel ${name}`, listener),
  async leave() {
    counts.left += 1;
  },
  async ask(op: string) {
    if (op === "room.get") return { details: { name: "Stage" }, members: 2, owner: "bob", admins: [], role: "member", muted: false, allowed: false };
    if (op === "room.get-keys") return { revision: 1, entries: [{ key: "seat", value: "bob", owner: "bob", revision: 1 }] };
    return { messages: [{ ...said(1), from: "bob", ts: 1 }] };
  },
};
const client = {
  user: "ann",
  on,
  async join() {
    counts.joined += 1;
    return channel;
  },
};

const say = (name: string, event: unknown): void => {
  for (const listener of [...(listeners.get(name) ?? [])]) listener(event);
};
const hear = (n: number): void => say("channel message", { from: "bob", ts: n, customType: "room.message", data: JSON.stringify(said(n)) });

function Stage() {
  counts.shown += 1;
  const { view, error } = useRoom(client as never, "stage");
  const texts = view?.messages.map(({ content }) => (content.type === "text" ? content.text : ""));
  const keys = view && [...view.keys].map(([key, { value }]) => `${key}=${value}`);
  return createElement("p", { id: "room" }, JSON.stringify({ texts, keys, name: view?.details.name, count: view?.count, error: error !== undefined }));
}

const root = createRoot(document.body.appendChild(document.createElement("div")));
root.render(createElement(StrictMode, null, createElement(Stage)));

Object.assign(globalThis, { say, hear, counts, unmount: () => root.unmount() });
