import { LEAF_MUTATIONS } from "./leaf-mutations.ts";
import { type Change, type Mutation, mutation } from "./mutation.ts";

/** Also those of leaves. */
export function mutationOf(name: string): Mutation {
  const all = [...MUTATIONS, ...LEAF_MUTATIONS];
  const mutation = all.find((one) => one.name === name);
  if (mutation === undefined) throw new Error(`no mutation is named ${name}; there are ${all.map((one) => one.name).join(", ")}`);
  return mutation;
}

const CHANNEL = "src/domain/channel/channel.ts";
const BROADCAST = "src/domain/channel/broadcast.ts";
const ATTENDANCE = "src/domain/channel/attendance.ts";
const LOG = "src/domain/stream/log.ts";
const DELIVERY = "src/domain/user/delivery.ts";
const PUSH = "src/server/objects/user/push.ts";
const SESSION_DESK = "src/server/objects/user/session-desk.ts";
const EXPORT = "src/server/history/export.ts";
const TRANSITION = "src/domain/call/transition.ts";
const REQUESTS = "src/client/requests.ts";
const STREAM_READER = "src/client/stream-reader.ts";
const PEER_RECEIVER = "src/client/peer-receiver.ts";

const NO_DIRTY_MARK: Change = { file: LOG, find: "if (wrote) this.#setMeta({ ...this.#meta, dirty: true });", replace: "" };

export const MUTATIONS: readonly Mutation[] = [
  mutation(
    "ack-before-commit",
    "a channel acknowledges at once, and commits when it has fallen quiet",
    "a crash of the service, with messages",
    ["PV1", "PV6", "PV7", "PV8"],
    [
      { file: BROADCAST, find: "    if (inMemory) {", replace: "    if (!batch.some((message) => message.stored)) {" },
      { file: LOG, find: "assert(!this.hasUnexported && !batch.some(", replace: "assert(!batch.some(" },
      NO_DIRTY_MARK,
    ],
  ),
  mutation(
    "channel-dedup-off",
    "a channel takes a message that is submitted again for a new one",
    "a connection lost between a publish and its echo",
    ["PV5", "PV6"],
    [
      {
        file: LOG,
        find: 'if (writer === undefined || id > writer.last) return { kind: "new" };',
        replace: 'if (writer === undefined || id > 0) return { kind: "new" };',
      },
    ],
  ),
  mutation(
    "peer-dedup-off",
    "a user's object takes a message that is submitted again for a new one",
    "a connection of the sender lost before the answer; messages to be stored",
    ["PV3", "PV6"],
    [
      {
        file: DELIVERY,
        find: "return this.#known(delivery.message, key) ?? this.#route(delivery, key, audience, batch, now);",
        replace: "return this.#route(delivery, key, audience, batch, now);",
      },
      { file: DELIVERY, find: "return this.#known(name, key) !== undefined || this.#inbox.copies(name) !== undefined;", replace: "return key === undefined;" },
      { file: "src/domain/user/peer-history.ts", find: 'if (known.kind === "duplicate")', replace: 'if (known.kind === "duplicate" && now < 0)' },
    ],
  ),
  mutation(
    "epoch-ignored",
    "a channel resumes a position of another epoch as if it were its own",
    "a crash of a channel in memory mode; a reader that comes back",
    ["PV1", "PV8", "PV18"],
    [
      { file: LOG, find: 'if (position.epoch !== this.epoch) return { recovered: false, reason: "epoch-changed" };', replace: "" },
      { file: LOG, find: 'if (position.seq > this.#head) return { recovered: false, reason: "ahead" };', replace: "" },
      {
        file: CHANNEL,
        find: "return { ...base, seq: position.seq, recovered: true,",
        replace: "return { ...base, epoch: position.epoch, seq: position.seq, recovered: true,",
      },
    ],
  ),
  mutation(
    "epoch-change-untold",
    "the client takes up a new epoch without a word to the application",
    "a crash of a channel in memory mode",
    ["PV1", "PV8"],
    [
      {
        file: STREAM_READER,
        find: "if (before !== undefined) this.#missing(gapBetween(before, at));",
        replace: "if (before?.epoch === at.epoch) this.#missing(gapBetween(before, at));",
      },
    ],
  ),
  mutation(
    "lease-off",
    "a member who vanished never leaves",
    "a client that vanishes for longer than a lease",
    ["PV12"],
    [
      {
        file: ATTENDANCE,
        find: "for (const { user, device } of over) this.members.leave(user, device);",
        replace: 'if (over.length < 0) this.members.leave(over[0]?.user ?? "", over[0]?.device ?? "");',
      },
    ],
  ),
  mutation(
    "leave-at-restart",
    "members without a connection leave when the object starts, not when their lease ends",
    "a crash of the service, and nothing else for two leases",
    ["PV13"],
    [
      {
        file: ATTENDANCE,
        find: "this.members.lose(user, device, now)) this.#recovering = true;",
        replace: "this.members.leave(user, device)) this.#recovering = true;",
      },
    ],
    { faults: ["kill"] },
  ),
  mutation(
    "inbox-trimmed-early",
    "what was sent from the inbox counts as received",
    "a connection lost while the inbox is handed over",
    ["PV2"],
    [{ file: PUSH, find: "    sent = frame.upTo;\n  }", replace: "    sent = frame.upTo;\n    inbox.acknowledge(device, sent);\n  }" }],
  ),
  mutation(
    "inbox-overtaken",
    "a message for a device that is back does not wait behind what waits for it",
    "messages while a device that was away gets its inbox",
    ["PV9"],
    [
      {
        file: DELIVERY,
        find: "!batch.waitsFor(device) && this.#inbox.isClear(device) && this.#unsettled",
        replace: "!batch.waitsFor(device) && this.#unsettled",
      },
    ],
    // Who was away long enough to have something waiting, and gets it slowly.
    { faults: ["drop", "network-delay"] },
  ),
  mutation(
    "export-cursor-early",
    "the export cursor moves before the batch is in the database",
    "a database that fails, or a crash during an export",
    ["PV3", "PV10"],
    [{ file: EXPORT, find: "      try {\n        await writePages(", replace: "      log.setExported(upTo);\n      try {\n        await writePages(" }],
    { profile: "database", faults: ["database-refuses", "kill"] },
  ),
  mutation(
    "resume-off-by-one",
    "a resume leaves out the first message it was asked for, where that stands in a page of its own",
    "a reader that comes back within the window",
    ["PV1", "PV8", "PV18"],
    [
      {
        file: LOG,
        find: "const missed = this.#pages.filter((page) => page.last > position.seq);",
        replace: "const missed = this.#pages.filter((page) => page.last > position.seq + 1);",
      },
      {
        file: LOG,
        find: "if (page.first > reached + 1)",
        replace: "if (page.first > reached + 2)",
      },
    ],
  ),
  mutation(
    "resume-refused",
    "a reader that comes back within the window is told that it is too late",
    "a reader that comes back within the window",
    ["PV21"],
    [{ file: LOG, find: "if (bytes > LIMITS.recoveryBytes) return", replace: "if (bytes > 0) return" }],
  ),
  mutation(
    "two-answers",
    "a second device that answers has the call, too",
    "two devices of a user that answer at once",
    ["PV15"],
    [
      {
        file: TRANSITION,
        find: 'if (takeOver !== true) return err(conflict("another device of this user is in the call"));',
        replace: "if (takeOver === false) return ok(state);",
      },
    ],
  ),
  mutation(
    "ring-after-end",
    "who rings is not told to stop when the call is over",
    "a call that is cancelled while it rings",
    ["PV14"],
    [
      { file: "src/domain/call/ending.ts", find: "if (!isRung(member)) return member;", replace: "if (member !== undefined) return member;" },
      {
        file: TRANSITION,
        find: '  if (state.end !== undefined) return ended();\n  if (member.state !== "calling") return ok(state);',
        replace: '  if (member.state !== "calling") return ok(state);',
      },
    ],
  ),
  mutation(
    "seq-given-twice",
    "a log in memory does not note that it has given out seqs",
    "a crash of a channel in memory mode",
    ["PV6", "PV7", "PV8"],
    [NO_DIRTY_MARK],
  ),
  mutation(
    "peer-acked-early",
    "a peer message counts as delivered when it is sent to the device",
    "a crash of the service, or a connection of the receiver that is lost",
    ["PV2"],
    [
      {
        file: DELIVERY,
        find: 'if (pending.devices.size > 0) return { state: "pending", copies: pending.devices.size + pending.delivered, waiting: pending.waiting };\n    const',
        replace:
          'if (pending.devices.size > 0) return { state: "settled", outcome: { delivered: pending.devices.size, waiting: pending.waiting } };\n    const',
      },
    ],
  ),
  mutation(
    "renewal-unchecked",
    "a token that says less is taken, and what was granted stays",
    "a renewal that takes a right away",
    ["PV16"],
    [
      {
        file: SESSION_DESK,
        find: "const narrowed = this.#channels.narrowed(session.device, present.rights, rights);",
        replace: "const narrowed = this.#channels.narrowed(session.device, rights, rights);",
      },
    ],
    // Where connections are lost nobody can say from when on a right is taken away.
    { faults: ["network-delay"] },
  ),
  mutation(
    "revoked-ticket-accepted",
    "a ticket of a login that was ended opens its channel still",
    "a ticket used after a kick",
    ["PV16"],
    [{ file: CHANNEL, find: 'if (revoked) return wireError("token_revoked");', replace: 'if (revoked && generation < 0) return wireError("token_revoked");' }],
  ),
  mutation(
    "order-broken",
    "messages of one flush are sequenced newest first",
    "several messages of one writer in one flush",
    ["PV6", "PV7", "PV9"],
    [
      {
        file: BROADCAST,
        find: "const batch = this.#waiting.take(LIMITS.pageBytes);",
        replace: "const batch = this.#waiting.take(LIMITS.pageBytes).toReversed();",
      },
    ],
  ),
  mutation(
    "resubmits-under-new-ids",
    "the client gives what it submits again after a reconnect a new id",
    "a connection lost between a message and its answer",
    ["PV5", "PV6"],
    [
      {
        file: REQUESTS,
        find: "else if (call.lane !== undefined) this.#post(call);",
        replace:
          "else if (call.lane !== undefined) {\n        if (call.id !== undefined) this.#sent.delete(call.id);\n        call.id = undefined;\n        this.#post(call);\n      }",
      },
    ],
  ),
  mutation(
    "resubmits-last",
    "the client sends what is new before what it submits again",
    "a connection lost with messages under way",
    ["PV9"],
    [
      { file: REQUESTS, find: "    this.#open = true;\n    const again", replace: "    this.#open = true;\n    this.#pump();\n    const again" },
      { file: REQUESTS, find: "follows === undefined ? call.input : { ...call.input, follows }", replace: "follows === 0 ? {} : call.input" },
    ],
  ),
  mutation(
    "never-resubmits",
    "the client does not submit again what had no answer when its connection was lost",
    "a connection lost between a message and its answer",
    ["PV23"],
    [{ file: REQUESTS, find: "else if (call.lane !== undefined) this.#post(call);", replace: "" }],
  ),
  mutation(
    "peer-told-twice",
    "the client tells a message again that the service delivers again",
    "a connection of the receiver lost between a message and its receipt",
    ["PV5"],
    [{ file: PEER_RECEIVER, find: "id)) return;", replace: "id) && id < 0) return;" }],
  ),
  mutation(
    "replay-told-twice",
    "the client tells what a replay brings again",
    "a reader that comes back to the middle of a page",
    ["PV5", "PV8"],
    [{ file: STREAM_READER, find: "if (item.seq > position.seq) this.#hooks.deliver(item);", replace: "this.#hooks.deliver(item);" }],
    // Every replay begins with a page that is known, as those of a log in memory do now and then.
    {
      faults: ["evict-channels"],
      service: [
        {
          file: LOG,
          find: "const missed = this.#pages.filter((page) => page.last > position.seq);",
          replace: "const missed = this.#pages.filter((page) => page.last >= position.seq);",
        },
      ],
    },
  ),
  mutation(
    "frame-gap-ignored",
    "the client takes a frame that does not follow what it has",
    "a frame that is lost or late, on a channel that rides",
    ["PV1", "PV8"],
    [
      {
        file: STREAM_READER,
        find: 'if (frame.epoch !== position.epoch || frame.after > position.seq) return "gap";',
        replace: 'if (frame.epoch !== position.epoch) return "gap";',
      },
    ],
    { faults: ["evict-channels"] },
  ),
];
