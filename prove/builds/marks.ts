import type { Patch } from "./patch.ts";

/** A point between two steps of the service at which a test build can be held, and killed. */
export interface Mark {
  readonly name: string;
  /** What has happened, and what has not. */
  readonly between: string;
  readonly patch: Omit<Patch, "name">;
}

const before = (file: string, find: string, name: string, when = ""): Mark["patch"] => ({
  file,
  find,
  replace: `${when}globalThis.labMark("${name}");\n${find}`,
});

export const MARKS: readonly Mark[] = [
  {
    name: "channel-written",
    between: "a page is written and not committed",
    patch: before(
      "src/domain/channel/broadcast.ts",
      "    // Memory mode promises nothing, but it does not overtake what waits for its commit either.\n",
      "channel-written",
    ),
  },
  {
    name: "channel-committed",
    between: "a page is durable and nobody is told",
    patch: before("src/domain/channel/broadcast.ts", "      if (sheet !== undefined) {\n", "channel-committed"),
  },
  {
    name: "channel-acknowledged",
    between: "publisher and members have it, those who ride on a session do not",
    patch: {
      file: "src/server/objects/channel/riders.ts",
      find: "    await Promise.resolve();\n",
      replace: '    await Promise.resolve();\n    await globalThis.labLateMark("channel-acknowledged");\n',
    },
  },
  {
    name: "history-exported",
    between: "stored pages are in the database and the cursor has not moved",
    patch: before("src/server/history/export.ts", "      // The log may have started anew while D1 answered.\n", "history-exported"),
  },
  {
    name: "peer-kept",
    between: "a message is in the inbox, not committed, and its sender is not told",
    patch: before("src/domain/user/delivery.ts", "    batch.owners.forEach(", "peer-kept", "if (!batch.isEmpty) "),
  },
  {
    name: "peer-received",
    between: "a device has a message and its sender does not know",
    patch: before("src/domain/user/delivery.ts", "        pending.delivered += 1;\n", "peer-received"),
  },
  {
    name: "peer-settled",
    between: "the sender's object knows what became of a message, its device does not",
    patch: before(
      "src/server/objects/user/peer-desk.ts",
      "    for (const settlement of settlements) this.#awaiting.settle(messageKey(settlement), from, settlement);\n",
      "peer-settled",
    ),
  },
  {
    name: "session-registered",
    between: "a login is written and not answered",
    patch: before("src/server/objects/user/session-desk.ts", "    const older = this.#home.sessions.sockets(trust.device);\n", "session-registered"),
  },
  {
    name: "call-written",
    between: "a call has changed and nobody is told",
    patch: {
      file: "src/server/objects/call/call-store.ts",
      find: 'VALUES (1, ?)", JSON.stringify(record));\n',
      replace: 'VALUES (1, ?)", JSON.stringify(record));\n    globalThis.labMark("call-written");\n',
    },
  },
];

export const DOOR_FILE = "src/server/worker.ts";

/** What a test build has that the product has not: the lab's door, and the marked points. */
export const LAB_PATCHES: readonly Patch[] = [
  {
    name: "door",
    file: DOOR_FILE,
    find: "  fetch: (request, env, context) => app.fetch(request, env, context),\n",
    replace: "  fetch: async (request, env, context) => (await door(request)) ?? app.fetch(request, env, context),\n",
  },
  {
    name: "door's import",
    file: DOOR_FILE,
    find: 'import type { Env } from "./env.ts";\n',
    replace: 'import { door } from "../../prove/builds/door/door.ts";\nimport type { Env } from "./env.ts";\n',
  },
  {
    name: "database that refuses",
    file: "src/server/history/pages.ts",
    find: "readonly D1Database[] => [db];",
    replace: "readonly D1Database[] => [globalThis.labDatabase(db)];",
  },
  {
    name: "channel that dies alone",
    file: "src/server/objects/channel-object.ts",
    find: "void this.ctx.storage.sync().then(done, () => undefined),",
    replace: "void this.ctx.storage.sync().then(() => globalThis.labChannelEnds(this.ctx) || done(), () => undefined),",
  },
  ...MARKS.map(({ name, patch }) => ({ name: `mark ${name}`, ...patch })),
];
