import { type WireError, wireError } from "../../protocol/errors.ts";
import type { GroupEvent, GroupList } from "../../protocol/messages/group.ts";
import type { RoomChange, RoomDetails, RoomEvent } from "../../protocol/messages/room.ts";
import type { UserId } from "../../protocol/names.ts";
import { ROOM_LIMITS } from "../../protocol/room-limits.ts";
import { must } from "../../util/assert.ts";
import { err, ok, type Result } from "../../util/result.ts";
import type { Failed } from "../membership/events.ts";
import { type Actor, Membership, type Outcome } from "../membership/membership.ts";
import { ROOM_PERMISSIONS, type RoomAct } from "../membership/permissions.ts";
import { type Presence, RoomRoles } from "./roles.ts";
import type { RoomStore } from "./store.ts";

/** What an act has brought about. */
export interface RoomEffects {
  readonly events: readonly RoomEvent[];
  /** They are out. */
  readonly went: readonly UserId[];
  readonly failed: readonly Failed[];
}
export type RoomOutcome = Result<RoomEffects, WireError>;

export interface RoomPorts {
  readonly store: RoomStore;
  readonly present: Presence;
  now(): number;
}

const FRESH: Omit<RoomDetails, "createdAt"> = {
  name: "",
  description: "",
  custom: "",
  announcement: "",
  maxMembers: ROOM_LIMITS.roomMembersDefault,
  keep: true,
  messagesPerSecond: ROOM_LIMITS.roomRateDefault,
  slowMs: 0,
  allMuted: false,
  mutedTags: [],
  disabled: false,
};

const NO_ROOM = wireError("not_found", { field: "room" });

/** Who is what in a chat room, and what each may do. Who is in it is the channel's affair; owner, admins and lists stay. */
export class Room extends Membership<RoomAct> {
  readonly #ports: RoomPorts;
  readonly #store: RoomStore;
  readonly #roles: RoomRoles;

  constructor(ports: RoomPorts) {
    const roles = new RoomRoles(ports.store, ports.present);
    super({
      what: "room",
      store: roles,
      permissions: ROOM_PERMISSIONS,
      now: () => ports.now(),
      state: () => {
        const details = ports.store.details();
        return details && { public: true, invitesOpen: false, disabled: details.disabled, allMuted: details.allMuted };
      },
      expel: (user) => ports.store.dropStaff(user),
    });
    this.#ports = ports;
    this.#store = ports.store;
    this.#roles = roles;
  }

  get exists(): boolean {
    return this.#store.details() !== undefined;
  }

  get details(): RoomDetails {
    return must(this.#store.details(), "a room that was made");
  }

  get owner(): UserId {
    return must(this.#roles.owner(), "an owner");
  }

  get admins(): readonly UserId[] {
    return this.#roles.admins();
  }

  /** A mute by tag is a mute. */
  override isListed(list: GroupList, user: UserId): boolean {
    if (super.isListed(list, user)) return true;
    const { mutedTags = [] } = this.#store.details() ?? {};
    return list === "mute" && mutedTags.length > 0 && this.#store.tagsOf(user).some((tag) => mutedTags.includes(tag));
  }

  /** Why this user does not get in; who is in it already does. */
  refuseEntry(user: UserId): WireError | undefined {
    if (!this.exists) return this.#store.dismissed() ? wireError("gone", { field: "room", message: "it was dismissed" }) : NO_ROOM;
    const barred = this.refuse("enter", { kind: "user", user }) ?? this.bars(user);
    if (barred !== undefined) return barred;
    const { maxMembers } = this.details;
    if (this.roleOf(user) !== "stranger" || this.#ports.present.count < maxMembers) return undefined;
    return wireError("limit_exceeded", { field: "room", limit: maxMembers, message: "it is full" });
  }

  /** Why this user may not be in, however many there are. */
  bars(user: UserId): WireError | undefined {
    if (!this.exists) return NO_ROOM;
    return this.isListed("block", user) ? wireError("forbidden", { field: "room", message: "on the block list" }) : undefined;
  }

  /** Made again by its owner, it is as it was. */
  create(owner: UserId, change: RoomChange): RoomOutcome {
    if (this.#store.dismissed()) return err(wireError("gone", { field: "room", message: "it was dismissed" }));
    if (this.exists) return this.owner === owner ? ok(NOTHING) : err(wireError("conflict", { field: "room", message: "there is such a room" }));
    this.#store.setDetails({ ...FRESH, ...said(change), createdAt: this.#ports.now() });
    this.#store.putStaff(owner, "owner");
    return ok(NOTHING);
  }

  dismiss(actor: Actor): RoomOutcome {
    const refused = this.refuse("dismiss", actor);
    if (refused !== undefined) return err(refused);
    this.#store.dismiss();
    return ok({ ...NOTHING, events: [{ kind: "dismissed" }] });
  }

  update(actor: Actor, change: RoomChange): RoomOutcome {
    const announces = Object.keys(change).every((key) => key === "announcement");
    return this.#change(announces ? "announce" : "update", actor, change);
  }

  muteAll(actor: Actor, allMuted: boolean): RoomOutcome {
    return this.#change("muteAll", actor, { allMuted });
  }

  muteTags(actor: Actor, mutedTags: readonly string[]): RoomOutcome {
    return this.#change("muteAll", actor, { mutedTags: [...new Set(mutedTags)] });
  }

  /** By servers alone. */
  disable(disabled: boolean): RoomOutcome {
    return this.#change("update", { kind: "server" }, { disabled });
  }

  tag(actor: Actor, user: UserId, tags: readonly string[]): RoomOutcome {
    const refused = this.refuse("tag", actor, user);
    if (refused !== undefined) return err(refused);
    if (tags.length > 0 && this.#store.tagsOf(user).length === 0 && this.#store.countTagged() >= ROOM_LIMITS.roomTagged) {
      return err(wireError("limit_exceeded", { field: "member", limit: ROOM_LIMITS.roomTagged, message: "too many have tags" }));
    }
    this.#store.setTags(user, [...new Set(tags)]);
    return ok(NOTHING);
  }

  #change(act: RoomAct, actor: Actor, change: Change): RoomOutcome {
    const refused = this.refuse(act, actor);
    if (refused !== undefined) return err(refused);
    const { details } = this;
    const changed: Partial<RoomDetails> = Object.fromEntries(
      Object.entries(said(change)).filter(([key, value]) => JSON.stringify(details[key as keyof RoomDetails]) !== JSON.stringify(value)),
    );
    if (Object.keys(changed).length === 0) return ok(NOTHING);
    this.#store.setDetails({ ...details, ...changed });
    return ok({ ...NOTHING, events: [{ kind: "updated", changed }] });
  }
}

type Change = { readonly [Key in keyof RoomDetails]?: RoomDetails[Key] | undefined };
const said = (change: Change): Partial<RoomDetails> => Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));

export const NOTHING: RoomEffects = { events: [], went: [], failed: [] };

/** What roles and lists bring about, as a room tells it. Who leaves is told by the channel. */
export function inRoom(outcome: Outcome): RoomOutcome {
  if (!outcome.ok) return outcome;
  const { told, went, failed } = outcome.value;
  return ok({ events: told.flatMap(({ event }) => roomEventOf(event) ?? []), went, failed });
}

function roomEventOf(event: GroupEvent): RoomEvent | undefined {
  switch (event.kind) {
    case "ownerChanged":
    case "appointed":
    case "deposed":
    case "listed":
    case "unlisted":
    case "removed":
      return event;
    default:
      return undefined;
  }
}
