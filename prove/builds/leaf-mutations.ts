import { type Mutation, mutation } from "./mutation.ts";

const LEAF = "src/domain/leaf/leaf.ts";
const PASSAGE = "src/domain/leaf/passage.ts";
const HUB = "src/domain/leaf/hub.ts";
const ASIDE = "src/domain/leaf/aside.ts";
const SEATS = "src/domain/leaf/seats.ts";
const LOOKUP = "src/domain/channel/member-lookup.ts";
const CHILDREN = "src/domain/leaf/children.ts";
const RELAY = "src/domain/leaf/relay.ts";
const UPLINK = "src/domain/leaf/uplink.ts";
const ATTENDANCE = "src/domain/leaf/attendance.ts";
const TAIL = "src/domain/leaf/tail.ts";
const CHANNEL_DIRECT = "src/client/channel-direct.ts";

const ALL: readonly Mutation[] = [
  mutation(
    "leaf-drops-during-move",
    "a leaf passes on a range without its messages while a plan is being followed",
    "a plan that changes while somebody speaks",
    ["PV1", "PV2", "PV8"],
    [
      {
        file: LEAF,
        find: "    this.#passage.take(push);",
        replace:
          '    const moves = movingUntil(this.#plan, this.#ports.now()) !== undefined;\n    const parts = push.parts.map((part) => (part.page === undefined ? part : { ...part, page: { ...part.page, items: "" } }));\n    this.#passage.take(moves ? { ...push, parts } : push);',
      },
    ],
  ),
  mutation(
    "hub-forgets-tail",
    "what a leaf lacks, and the hub has only in its log, is sent without the oldest page",
    "a hub that dies between a commit and its calls",
    ["PV1", "PV8"],
    [
      {
        file: CHILDREN,
        find: "const parts = pages.map((page): Part => ({ no: child.no, page, notices: [] }));",
        replace: "const parts = pages.slice(1).map((page): Part => ({ no: child.no, page, notices: [] }));",
      },
    ],
  ),
  mutation(
    "relay-acks-early",
    "a relay says that it has a page before its leaves have it, and keeps nothing for a leaf that is behind",
    "a leaf behind a relay that does not answer at once",
    ["PV1", "PV8"],
    [
      { file: RELAY, find: "        this.#tail.add(page);", replace: "        if (children.settled) this.#tail.add(page);" },
      {
        file: RELAY,
        find: "      children.pass({ no: part.no, page, notices, skipped: isFresh ? part.skipped : undefined });",
        replace:
          "      if (children.settled) children.pass({ no: part.no, page, notices, skipped: isFresh ? part.skipped : undefined });\n      else if (page !== undefined) children.advance(page.last);",
      },
    ],
  ),
  mutation(
    "stale-plan-accepted",
    "a leaf takes in whom an old map has sent to it, and lets nobody go",
    "a plan that changes",
    ["EL1"],
    [
      { file: LEAF, find: "if (leafOf(user, this.#plan.leaves) !== this.index) return { moved: this.#plan };", replace: "" },
      {
        file: LEAF,
        find: "return [...this.#readers].filter(({ user }) => leafOf(user, this.#plan.leaves) !== this.index);",
        replace: "return [...this.#readers].filter(({ user }) => leafOf(user, this.#plan.leaves) !== this.index && user.length === 0);",
      },
    ],
  ),
  mutation(
    "hub-admits-everybody",
    "a hub takes in who belongs to a leaf",
    "a plan with leaves, and somebody who has no map",
    ["EL1"],
    [{ file: HUB, find: "if (this.#plan.leaves === 0) return undefined;", replace: "if (this.#plan.leaves >= 0) return undefined;" }],
  ),
  mutation(
    "moves-told-as-leaves",
    "who goes from a leaf without a goodbye is reported as having left",
    "a plan that changes",
    ["PV13"],
    [{ file: ATTENDANCE, find: 'is: present === undefined ? gone : "lost" });', replace: 'is: present === undefined ? "left" : "lost" });' }],
  ),
  mutation(
    "goaway-without-position",
    "who is sent elsewhere does not say where it stands",
    "a plan that changes while somebody speaks",
    ["PV1", "PV8", "PV21"],
    [{ file: CHANNEL_DIRECT, find: "const position = this.#hooks.position();", replace: "const position = [this.#hooks.position()][1];" }],
  ),
  mutation(
    "up-without-id",
    "a leaf that calls again gives what it hands up new ids",
    "a call from a leaf whose answer is lost",
    ["PV5", "PV6"],
    [
      {
        file: UPLINK,
        find: "publishes: batch.map(({ publish }) => publish) };",
        replace: "publishes: batch.map(({ publish }) => (failures === 0 ? publish : { ...publish, id: publish.id + failures })) };",
      },
    ],
  ),
  mutation(
    "up-newest-first",
    "a leaf hands up what waits with the newest first",
    "several messages of one writer on a leaf",
    ["PV6", "PV7", "PV9", "PV11"],
    [{ file: UPLINK, find: "publishes: batch.map(({ publish }) => publish) };", replace: "publishes: batch.map(({ publish }) => publish).toReversed() };" }],
  ),
  mutation(
    "leaf-acks-early",
    "a leaf acknowledges what it has not handed up",
    "a leaf that dies, with messages under way to the hub",
    ["PV1", "PV6", "PV7"],
    [
      {
        file: LEAF,
        find: "    return this.#uplink.publish(publish, answered);",
        replace:
          '    const refused = this.#uplink.publish(publish, () => {});\n    if (refused === undefined) answered({ ok: true, value: { epoch: this.#passage.at?.epoch ?? "", seq: (this.#passage.at?.seq ?? 0) + 1 } });\n    return refused;',
      },
    ],
  ),
  mutation(
    "leaf-resume-off-by-one",
    "a leaf leaves out the first page a returning member lacks",
    "a member that comes back to a leaf",
    ["PV1", "PV8"],
    [{ file: TAIL, find: "return this.#pages.filter((page) => page.last > seq);", replace: "return this.#pages.filter((page) => page.last > seq + 1);" }],
  ),
  mutation(
    "leaf-takes-with-gap",
    "a leaf takes what does not follow what it has, as if it did",
    "a leaf and a hub that know of each other what is no longer so",
    ["PV1", "PV8"],
    [
      { file: PASSAGE, find: "      if (!reset) return;\n", replace: "" },
      { file: PASSAGE, find: "this.#stand({ epoch, seq: after }, !hasPage(push));\n    }", replace: "this.#at = { epoch, seq: after };\n    }" },
    ],
  ),
  mutation(
    "plan-without-logins",
    "a plan does not tell its leaves which logins were ended",
    "a plan that changes after a kick",
    ["PV16"],
    [
      {
        file: CHILDREN,
        find: "child.life === undefined || child.version < this.#plan.version ? this.#ports.state() : undefined;",
        replace: "child.life === undefined ? this.#ports.state() : undefined;",
      },
      { file: HUB, find: "if (!call.register && call.version >= this.#plan.version) return about;", replace: "if (!call.register) return about;" },
    ],
  ),
  mutation(
    "dead-leaf-keeps-members",
    "whom a leaf lost with its memory stays a member",
    "a leaf that dies, and a member that does not come back",
    ["PV12"],
    [{ file: SEATS, find: "    if (base === undefined) this.#loseOthers(leaf, changes);", replace: "" }],
  ),
  mutation(
    "return-unreported",
    "who goes from a leaf and comes again before that is told is not reported",
    "a member that leaves and comes back while its leaf's call is under way",
    ["PV12", "PV13"],
    [{ file: ATTENDANCE, find: "else if (present !== undefined && wasAway) changes.push(changeIn(present));", replace: "" }],
  ),
  mutation(
    "kick-past-leaves",
    "who is thrown out stays on the leaf",
    "a right that is taken from a member on a leaf",
    ["PV16", "PV12", "EL1"],
    [
      {
        file: LEAF,
        find: '      this.#drop(seated, comesBack ? "lost" : "left", { code, reason });',
        replace: '      if (code < 0) this.#drop(seated, comesBack ? "lost" : "left", { code, reason });',
      },
      {
        file: LEAF,
        find: 'if (isRevoked(this.#revocations, seated)) this.#drop(seated, "lost", CLOSE.goAway);',
        replace: 'if (seated.generation < 0) this.#drop(seated, "lost", CLOSE.goAway);',
      },
    ],
  ),
  mutation(
    "relay-answers-for-leaves",
    "the end of a subscription counts as told when a relay has it",
    "a right that is taken from a member behind a relay whose leaf does not answer at once",
    ["PV16"],
    [{ file: ASIDE, find: "if (plan.relays > 0) told.push(", replace: "if (plan.relays < 0) told.push(" }],
  ),
  mutation(
    "counted-list-is-the-hubs",
    "of members that are counted only those are listed whom the hub itself knows",
    "a channel whose members are counted",
    ["PV12"],
    [
      {
        file: LOOKUP,
        find: "if (hub === undefined) return this.listedPage(after, limit);",
        replace: "if (hub !== null) return this.listedPage(after, limit);",
      },
    ],
  ),
  mutation(
    "counted-stays-in-list",
    "a hub keeps those in its list whom their leaf counts",
    "a member that goes while members are counted",
    ["PV12"],
    [{ file: SEATS, find: "if (seat === undefined) this.#channel.forget(user, device);", replace: "if (seat === undefined) return;" }],
  ),
];

/** What some of them need besides. */
const NEEDS: Readonly<Record<string, Mutation["simulated"]>> = {
  "plan-without-logins": { thief: true },
  "return-unreported": { lossy: true },
  "counted-list-is-the-hubs": { counted: true },
  "counted-stays-in-list": { counted: true },
  "relay-answers-for-leaves": { renewals: true, lossy: true },
};

const FIRST_SEEDS: Readonly<Record<string, number>> = { "counted-stays-in-list": 58, "relay-answers-for-leaves": 154, "return-unreported": 27 };

/** Mistakes that show only where channels are spread over leaves: for the simulation, whose runs can be. */
export const LEAF_MUTATIONS: readonly Mutation[] = ALL.map((one) => ({
  ...one,
  simulated: { leaves: true, ...NEEDS[one.name] },
  firstSeed: FIRST_SEEDS[one.name] ?? 1,
}));
