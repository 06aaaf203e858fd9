import { afterEach, describe, expect, it } from "vitest";
import { type Chats, groupsOf, MemoryStore, openChat } from "../../src/client/chat/index.ts";
import { type Client, connect } from "../../src/client/index.ts";
import { buildToken } from "../../src/client/token.ts";
import { fresh, service, sharedApp, tokenFor } from "../support/accounts.ts";
import { APP, CERTIFICATE, startKillable } from "../support/killable.ts";

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

interface Login {
  readonly client: Client;
  readonly chats: Chats;
}

async function login(user: string, device = "phone", at?: { readonly url: string; readonly app: string; token(): string | Promise<string> }): Promise<Login> {
  const { url, app, token } = at ?? { url: service().url, app: sharedApp().id, token: () => tokenFor(user) };
  const client = await connect({ url, app, user, device, token, timings: { reconnectCapMs: 1_000 } });
  client.on("error", () => {});
  const chats = await openChat(client, { store: new MemoryStore() });
  open.push(client, chats);
  await expect.poll(() => chats.synced).toBe(true);
  return { client, chats };
}

describe("groups over real sockets", () => {
  it("[GL1] [GJ1] whoever looks for a public group finds it, as it is, and joins it", async () => {
    const [ann, bob, id] = [fresh("ann"), fresh("bob"), fresh("birds")];
    const [mine, theirs] = [groupsOf((await login(ann)).chats), groupsOf((await login(bob)).chats)];
    await mine.create({ id, name: "Birds", public: true, approval: false, announcement: "among us" });
    const found = async () => (await theirs.publicGroups({ after: id.slice(0, -1) })).groups.find(({ group }) => group === id);
    await expect.poll(found).toMatchObject({ name: "Birds", owner: ann, members: 1, approval: false });
    expect(await found()).not.toHaveProperty("announcement");
    expect(await theirs.apply(id)).toBe("member");
    await mine.update(id, { name: "Larks" });
    await expect.poll(found).toMatchObject({ name: "Larks", members: 2 });
    await mine.dismiss(id);
    await expect.poll(found).toBeUndefined();
  });

  it("[GC17] [CT52] who was away hears that it was invited, on each of its devices, until it has answered", async () => {
    const [ann, bob, id] = [fresh("ann"), fresh("bob"), fresh("birds")];
    const mine = groupsOf((await login(ann)).chats);
    await mine.create({ id, name: "Birds", consent: true });
    const away = await login(bob);
    away.client.close();
    expect(await mine.invite(id, [bob], "sing")).toEqual([]);
    const [phone, laptop] = [await login(bob), await login(bob, "laptop")];
    for (const { chats } of [phone, laptop]) {
      const groups = groupsOf(chats);
      await expect.poll(() => groups.invitations).toMatchObject([{ group: id, by: ann, reason: "sing" }]);
    }
    const heard = new Promise((resolve) => phone.chats.on("group", ({ group, event }) => group === `${id}-2` && resolve(event.kind)));
    await mine.create({ id: `${id}-2`, consent: true });
    await mine.invite(`${id}-2`, [bob]);
    expect(await heard).toBe("invited");
    await groupsOf(laptop.chats).answer(id, true);
    await expect.poll(() => groupsOf(laptop.chats).of(id)?.role).toBe("member");
    await expect.poll(() => groupsOf(laptop.chats).invitations.map(({ group }) => group)).toEqual([`${id}-2`]);
  });

  it("[GC18] [CD6] members who are told through leaves have everything, and all know who has it, over kill -9", { timeout: 120_000 }, async () => {
    const { server, end } = await startKillable({ WIGWAG_GROUP_HOT_MEMBERS: "3", WIGWAG_GROUP_LEAF_MEMBERS: "3", WIGWAG_TIME_SCALE: "0.1" });
    try {
      const users = Array.from({ length: 10 }, (_, n) => `member${n}`);
      const at = (user: string) => ({
        url: server.url,
        app: APP,
        token: () => buildToken({ appId: APP, certificate: CERTIFICATE, userId: user, expireSeconds: 3_600 }),
      });
      const logins = await Promise.all(users.map((user) => login(user, "phone", at(user))));
      const [first] = logins as [Login];
      const { id } = await groupsOf(first.chats).create({ id: "crowd", members: users.slice(1) });
      const ref = { type: "group", id } as const;
      const texts: string[] = [];
      for (let n = 0; n < 4; n++) {
        const said = logins.map(({ chats }, who) => {
          texts.push(`${n} of ${who}`);
          return chats.conversation(ref).send(`${n} of ${who}`).sent;
        });
        if (n === 1 || n === 2) await server.kill();
        if (n === 1 || n === 2) await server.restart();
        await Promise.all(said);
      }
      const textsOf = async ({ chats }: Login): Promise<string[]> =>
        (await chats.conversation(ref).messages({ limit: 50 })).flatMap(({ content }) => (content?.type === "text" ? [content.text] : [])).sort();
      for (const each of logins) await expect.poll(() => textsOf(each), { timeout: 40_000 }).toEqual([...texts].sort());
      const { seq = 0 } = await first.chats.conversation(ref).send("the last").sent;
      await expect.poll(async () => (await first.chats.conversation(ref).receipts(seq)).counts.delivered, { timeout: 40_000 }).toBe(9);
    } finally {
      for (const each of open.splice(0)) each.close();
      await end();
    }
  });
});
