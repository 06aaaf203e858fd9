import { expect, it } from "vitest";
import { InTurn } from "../../../src/domain/user/in-turn.ts";

const later = () => {
  let resolve: (value: string) => void = () => {};
  const promise = new Promise<string>((done) => {
    resolve = done;
  });
  return { promise, resolve };
};

it("[MH4] all begin at once, and end in their order by key; too many are refused", async () => {
  const turns = new InTurn(3);
  const [slow, fast, other] = [later(), later(), later()];
  const ended: string[] = [];
  const begun: string[] = [];
  const run = (key: string, name: string, promise: Promise<string>) =>
    turns
      .run(key, () => {
        begun.push(name);
        return promise;
      })
      ?.then((value) => ended.push(value));
  const all = [run("a", "slow", slow.promise), run("a", "fast", fast.promise), run("b", "other", other.promise)];
  expect([begun, turns.isBusy("a"), turns.isBusy("c"), run("c", "more", Promise.resolve(""))]).toEqual([["slow", "fast", "other"], true, false, undefined]);
  fast.resolve("fast");
  other.resolve("other");
  await all[2];
  expect(ended).toEqual(["other"]);
  slow.resolve("slow");
  await Promise.all(all);
  expect([ended, turns.isBusy("a"), turns.isBusy("b")]).toEqual([["other", "slow", "fast"], false, false]);
  expect(await turns.run("a", async () => "again")).toBe("again");
});
