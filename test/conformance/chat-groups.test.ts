import { afterEach, describe, expect, it } from "vitest";
import {
  askingIn,
  type Chats,
  downloadShared,
  filesIn,
  fileUploadsOf,
  groupsOf,
  listedIn,
  openChat,
  receiptCountsOf,
  type SharedFile,
} from "../../src/client/chat/index.ts";
import { connect } from "../../src/client/index.ts";
import { media } from "../../src/client/media/index.ts";
import { fresh, service, sharedApp, tokenFor } from "../support/accounts.ts";
import { PATIENCE } from "../support/patience.ts";

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

async function login(user: string): Promise<Chats> {
  const client = await connect({ url: service().url, app: sharedApp().id, user, device: "phone", token: () => tokenFor(user) });
  const chats = await openChat(client, { media });
  open.push(client, chats);
  await expect.poll(() => chats.synced).toBe(true);
  return chats;
}

const rowsOf = <Row>(list: { open(): () => void; readonly state: { readonly rows: readonly Row[] } }): (() => readonly Row[]) => {
  open.push({ close: list.open() });
  return () => list.state.rows;
};

describe("groups over real sockets", () => {
  it("[CT60] a file goes up, stands on the list of all members, is loaded, and taken off again", async () => {
    const [ann, bob] = [fresh("ann"), fresh("bob")];
    const [a, b] = [await login(ann), await login(bob)];
    const { id } = await groupsOf(a).create({ id: fresh("birds"), name: "Birds", members: [bob] });
    const [hers, his] = [rowsOf<SharedFile>(filesIn(a, id)), rowsOf<SharedFile>(filesIn(b, id))];
    fileUploadsOf(b).share(id, new Blob(["la la la"], { type: "text/plain" }), { name: "song.txt" });
    expect(fileUploadsOf(b).of(id)).toMatchObject([{ name: "song.txt", bytes: 8 }]);
    for (const rows of [hers, his]) await expect.poll(rows).toMatchObject([{ name: "song.txt", bytes: 8, owner: bob, type: "text/plain" }]);
    expect(fileUploadsOf(b).of(id)).toEqual([]);
    const [file] = hers();
    expect(file && (await (await downloadShared(a, file)).text())).toBe("la la la");
    await groupsOf(a).dropFile(id, file?.file ?? 0);
    await expect.poll(his).toEqual([]);
  });

  it("[CT52] [CT61] [CT62] who is invited, who asks, who is muted, and what members are called there follow what happens", async () => {
    const [ann, bob, cho] = [fresh("ann"), fresh("bob"), fresh("cho")];
    const [a, b, c] = [await login(ann), await login(bob), await login(cho)];
    const { id } = await groupsOf(a).create({ id: fresh("birds"), name: "Birds", public: true, consent: true });
    expect(groupsOf(b).invitations).toEqual([]);
    await groupsOf(a).invite(id, [bob], "sing");
    await expect.poll(() => groupsOf(b).invitations).toMatchObject([{ group: id, by: ann, reason: "sing" }]);
    await groupsOf(b).answer(id, true);
    const [asking, muted] = [rowsOf(askingIn(a, id, "application")), rowsOf(listedIn(a, id, "mute"))];
    expect(await groupsOf(c).apply(id, "please")).toBe("applied");
    await expect.poll(asking).toMatchObject([{ user: cho, reason: "please" }]);
    await groupsOf(a).decide(id, cho, true);
    await expect.poll(() => groupsOf(c).of(id)?.role).toBe("member");
    await expect.poll(asking).toEqual([]);
    expect(await groupsOf(a).mute(id, [bob])).toEqual([]);
    await expect.poll(muted).toEqual([{ user: bob }]);
    groupsOf(a).wantAttributes(id, [bob]);
    await expect.poll(() => groupsOf(a).attributesOf(id, bob)).toEqual({});
    await groupsOf(b).setAttributes(id, { nickname: "Bobby" });
    await expect.poll(() => groupsOf(a).attributesOf(id, bob)).toEqual({ nickname: "Bobby" });
    expect(await groupsOf(b).attributes(id, [bob, cho])).toEqual(
      new Map([
        [bob, { nickname: "Bobby" }],
        [cho, {}],
      ]),
    );
    await groupsOf(c).shield(id);
    expect([groupsOf(c).of(id)?.shielded, (await groupsOf(c).joined()).groups]).toMatchObject([true, [{ group: id, shielded: true }]]);
  });

  it("[CT63] [CT64] a sender hears who confirms, and how many have read it", async () => {
    const [ann, bob, cho] = [fresh("ann"), fresh("bob"), fresh("cho")];
    const [a, b] = [await login(ann), await login(bob)];
    const { id } = await groupsOf(a).create({ id: fresh("birds"), name: "Birds", members: [bob, cho] });
    const ref = groupsOf(a).ref(id);
    const [hers, his] = [a.conversation(ref), b.conversation(ref)];
    const { seq = 0 } = await hers.send("On Sunday?", { confirm: true }).sent;
    const last = () => his.state?.last;
    await expect.poll(last).toMatchObject({ confirm: true });
    const told: unknown[] = [];
    a.on("confirmed", ({ user, count, content }) => told.push([user, count, content]));
    const [message] = await hers.messages();
    open.push({ close: receiptCountsOf(a).watch(ref, message === undefined ? [] : [message]) });
    expect(await his.confirm(seq, "with cake")).toBe(1);
    await his.read();
    await expect.poll(() => told).toEqual([[bob, 1, "with cake"]]);
    await expect.poll(() => message && hers.countsOf(message), PATIENCE).toMatchObject({ of: 2, read: 1 });
    const c = await login(cho);
    await c.conversation(ref).read(seq);
    await expect.poll(() => message && hers.receiptOf(message), PATIENCE).toBe("read");
    expect(await his.confirmations(seq)).toMatchObject({ count: 1, users: [{ user: bob, content: "with cake" }] });
  });
});
