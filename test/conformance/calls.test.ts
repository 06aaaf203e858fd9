import { afterEach, describe, expect, it } from "vitest";
import { fresh } from "../support/accounts.ts";
import { hangUpAll, Phone, stateOf } from "../support/phone.ts";

afterEach(hangUpAll);

/** Ann calls Bob, whose devices ring. */
async function ring(devices: readonly string[] = ["phone"]) {
  const ann = await Phone.connect(fresh("ann"));
  const bob = fresh("bob");
  const phones = await Promise.all(devices.map((device) => Phone.connect(bob, device)));
  const { call } = await ann.invite(bob, { content: "hi" });
  for (const phone of phones) await phone.stands(bob, "calling");
  return { ann, bob, phones, call, phone: phones[0] as Phone };
}

describe("a call of two", () => {
  it("[CL1] rings every device of the callee, is answered by one, and stops ringing at the others", async () => {
    const { ann, bob, phones, call } = await ring(["phone", "laptop"]);
    const [phone, laptop] = phones as [Phone, Phone];
    await phone.do("ringing", call);
    await ann.stands(bob, "ringing");
    const answered = await laptop.do("accept", call, { response: "hello" });
    expect(answered).toMatchObject({
      phase: "active",
      members: [
        { user: ann.user, state: "joined" },
        { user: bob, state: "joined", device: "laptop", response: "hello" },
      ],
    });
    for (const there of [ann, phone, laptop]) expect(await there.stands(bob, "joined")).toMatchObject({ call, version: answered.version });
    await ann.do("leave", call);
    for (const there of [ann, phone, laptop]) expect(await there.ended()).toMatchObject({ end: "left" });
    expect(await phone.list([call])).toMatchObject([{ call, phase: "ended", end: "left" }]);
    expect(stateOf(await phone.ended(), bob)).toBe("left");
  });
});
