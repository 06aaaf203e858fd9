import { expect, it } from "vitest";
import { type ChatClient, openChat } from "../../../src/client/chat/index.ts";

/** A client that answers from a table, and says what the test has it say. */
function fakeClient(answers: Record<string, unknown>) {
  const calls: [string, unknown][] = [];
  const listeners: ((notice: object) => void)[] = [];
  const client = {
    user: "ann",
    state: "connected",
    call: async (op: string, input: unknown) => {
      calls.push([op, input]);
      return answers[op] ?? {};
    },
    on: (name: string, listener: (event: object) => void) => {
      if (name === "notice") listeners.push(listener);
      return () => {};
    },
    report: () => {},
  };
  return { client: client as unknown as ChatClient, calls, notice: (notice: object) => listeners.forEach((listener) => void listener(notice)) };
}

it("[PP1] [PC1] [PC6] [PC12] people are asked for by name, and heard of as they change", async () => {
  const contact = { user: "bob", state: "contact", since: 1 };
  const { client, calls, notice } = fakeClient({
    "conversation.list": { entries: [], revision: 0, more: false, behind: [] },
    "profile.query": { profiles: [{ user: "ann", profile: { nickname: "Ann" } }] },
    "profile.update": { profile: { sign: "x" } },
    "contact.invite": { state: "invited" },
    "contact.list": { contacts: [contact], more: false },
    "block.list": { users: ["eve"] },
  });
  const chats = await openChat(client);
  const { people } = chats;
  const heard: unknown[] = [];
  for (const name of ["profile", "contact", "blocked"] as const) chats.on(name, (event: unknown) => heard.push(event));
  expect((await people.profiles()).get("ann")).toEqual({ nickname: "Ann" });
  expect(await people.updateProfile({ sign: "x" })).toEqual({ sign: "x" });
  expect(await people.invite("bob", "tea")).toBe("invited");
  await people.accept("bob");
  await people.decline("bob");
  await people.remark("bob", "Bobby");
  await people.removeContact("bob");
  expect(await people.contacts({ after: "a", limit: 5 })).toEqual({ contacts: [contact], more: false });
  await people.block("eve");
  await people.unblock(["eve"]);
  expect(await people.blocked()).toEqual(["eve"]);
  expect(calls.filter(([op]) => op !== "conversation.list")).toEqual([
    ["profile.query", { users: ["ann"] }],
    ["profile.update", { sign: "x" }],
    ["contact.invite", { contact: "bob", reason: "tea" }],
    ["contact.accept", { contact: "bob" }],
    ["contact.decline", { contact: "bob" }],
    ["contact.remark", { contact: "bob", remark: "Bobby" }],
    ["contact.remove", { contact: "bob" }],
    ["contact.list", { after: "a", limit: 5 }],
    ["block.add", { users: ["eve"] }],
    ["block.remove", { users: ["eve"] }],
    ["block.list", {}],
  ]);
  notice({ name: "profile.changed", profile: { sign: "x" } });
  notice({ name: "contact.changed", contact });
  notice({ name: "contact.changed", contact: { user: "bob", state: "none", why: "removed" } });
  notice({ name: "block.changed", users: ["eve"], on: true });
  // What is not in shape is passed over.
  notice({ name: "profile.changed" });
  notice({ name: "contact.changed", contact: { user: "bob", state: "friend" } });
  notice({ name: "block.changed", users: "eve", on: true });
  expect(heard).toEqual([{ sign: "x" }, contact, { user: "bob", state: "none", why: "removed" }, { users: ["eve"], on: true }]);
  chats.close();
});

it("[PU1] [PU6] devices are listed, named and logged out, one or all others", async () => {
  const laptop = { device: "laptop", kind: "web", name: "Ann's", connected: true, lastSeen: 1, waiting: 0 };
  const { client, calls } = fakeClient({
    "conversation.list": { entries: [], revision: 0, more: false, behind: [] },
    "user.devices": { devices: [laptop] },
    "user.kick": { closed: 1 },
  });
  const { devices } = await openChat(client);
  expect(await devices.list()).toEqual([laptop]);
  await devices.name("mine");
  await devices.name("Ann's", "laptop");
  expect(await devices.logout("laptop")).toBe(true);
  expect(await devices.logoutOthers()).toBe(1);
  expect(calls.filter(([op]) => op.startsWith("user."))).toEqual([
    ["user.devices", {}],
    ["user.name-device", { name: "mine" }],
    ["user.name-device", { name: "Ann's", device: "laptop" }],
    ["user.kick", { device: "laptop" }],
    ["user.kick", {}],
  ]);
});
