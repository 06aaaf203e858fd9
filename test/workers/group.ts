import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { GroupEvent } from "../../src/protocol/messages/group.ts";
import type { OperationName } from "../../src/protocol/operations/catalogue.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { conversationObjectName } from "../../src/server/objects/locate.ts";
import { Chatter, words } from "./chatter.ts";
import { APP } from "./device.ts";

let count = 0;

/** A group of Ann's, with Bob in it; Cho is not. */
export async function group(details: object = {}) {
  const n = ++count;
  const [ann, bob, cho] = [`ann-${n}`, `bob-${n}`, `cho-${n}`];
  const [a, b, c] = [await Chatter.login(ann), await Chatter.login(bob), await Chatter.login(cho)];
  const id = `birds-${n}`;
  const conversation = { type: "group" as const, id };
  const stub = env.CONVERSATION.getByName(conversationObjectName(APP, `group:${id}`));
  expect(await a.ok("group.create", { group: id, name: "Birds", members: [bob], ...details })).toEqual({ failed: [] });
  const say = (who: Chatter, text: string) => who.ok("message.send", { conversation, key: text.replaceAll(/\W/g, "-"), content: words(text) });
  const server = async (op: OperationName, input: object) =>
    stub.call({ op, input: { group: id, ...input }, caller: { kind: "server", app: APP }, settings: DEFAULT_SETTINGS });
  return { ann, bob, cho, a, b, c, id, conversation, stub, say, server };
}

/** What a member's devices were told of the group, and those who are none. */
export const eventsOf = (who: Chatter): GroupEvent["kind"][] => {
  who.read();
  const passed = (who.passed as { kind: string; event: GroupEvent }[]).filter(({ kind }) => kind === "group").map(({ event }) => event.kind);
  const told = who.device.seen.filter(({ name }) => name === "group.word").map(({ event }) => (event as GroupEvent).kind);
  return [...passed, ...told];
};
export const hears = async (who: Chatter, kind: GroupEvent["kind"]): Promise<void> => {
  while (!eventsOf(who).includes(kind)) await who.device.next("notice");
};

/** Calls of this method of such an object are lost until that is mended. */
export async function losing(stub: DurableObjectStub, method: string): Promise<{ mend(): void }> {
  const prototype = await runInDurableObject(stub, (object) => Object.getPrototypeOf(object) as Record<string, unknown>);
  const kept = prototype[method];
  prototype[method] = () => {
    throw new Error("lost");
  };
  return { mend: () => void Object.assign(prototype, { [method]: kept }) };
}
