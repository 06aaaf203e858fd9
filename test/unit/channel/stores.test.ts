import { describe, it } from "vitest";
import { channelStoreCases } from "../../contract/channel-stores.ts";
import { MemoryChannelStateStore, MemoryLogStore, MemoryRosterStore } from "../../support/memory-channel.ts";

describe("a channel's stores in memory", () => {
  it.each(channelStoreCases)("[CH18] %s", (_what, check) => {
    const stores = { log: new MemoryLogStore(), roster: new MemoryRosterStore(), state: new MemoryChannelStateStore() };
    check({ stores, reopen: () => stores });
  });
});
