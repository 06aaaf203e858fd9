import { type WireError, wireError } from "../../protocol/errors.ts";
import type { May, Permission, Role } from "./permissions.ts";

/** What a decision goes by, besides the role. */
export interface Circumstances {
  readonly public: boolean;
  readonly invitesOpen: boolean;
  /** The app has switched it off: nothing happens in it but reading and going. */
  readonly disabled: boolean;
  readonly allMuted: boolean;
  /** Of the one who acts. */
  readonly muted: boolean;
  readonly onAllowList: boolean;
  readonly invited: boolean;
  /** To whom it is done: the one who acts, or what somebody else is there. */
  readonly target?: "self" | Role | undefined;
}

/** Why the holder of a role may not; undefined if it may. Mute is stronger than the allow list (IM groups, lists). */
export function decide(permission: Permission, role: Role, circumstances: Circumstances): WireError | undefined {
  const refused = refuse(permission[role], circumstances);
  if (refused !== undefined) return wireError("forbidden", { message: refused });
  const { kind } = permission;
  if (kind === "read") return undefined;
  if (circumstances.disabled) return wireError("forbidden", { message: "it is disabled" });
  if (kind !== "speak") return undefined;
  if (circumstances.muted) return wireError("forbidden", { message: "muted" });
  if (circumstances.allMuted && role === "member" && !circumstances.onAllowList) return wireError("forbidden", { message: "all are muted" });
  return undefined;
}

function refuse(may: May, { invited, invitesOpen, public: isPublic, target }: Circumstances): string | undefined {
  switch (may) {
    case "yes":
      return undefined;
    case "no":
      return "not with this role";
    case "own":
      return target === "self" ? undefined : "only for what is one's own";
    case "members":
      return target === "owner" || target === "admin" || target === "self" ? "only for who is neither owner nor admin" : undefined;
    case "ifInvitesOpen":
      return invitesOpen ? undefined : "members may not invite here";
    case "ifPublic":
      return isPublic ? undefined : "it is private";
    case "ifInvited":
      return invited ? undefined : "nobody has invited";
  }
}
