import * as z from "zod";
import { CHAT_LIMITS } from "../chat-limits.ts";
import { timeMs, userId } from "../ids.ts";
import { utf8Text } from "../text.ts";

const chars = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => text.isWellFormed(), { error: "well-formed text" });

/** How others see a user. Fields that are not there are not. */
export const profile = z.strictObject({
  nickname: chars(CHAT_LIMITS.profileNicknameChars).optional(),
  avatarUrl: chars(CHAT_LIMITS.profileAvatarChars).optional(),
  email: chars(CHAT_LIMITS.profileEmailChars).optional(),
  phone: chars(CHAT_LIMITS.profilePhoneChars).optional(),
  sign: chars(CHAT_LIMITS.profileSignChars).optional(),
  gender: z.enum(["unknown", "male", "female"]).optional(),
  birth: chars(CHAT_LIMITS.profileBirthChars).optional(),
  /** The program's own. */
  ext: utf8Text(CHAT_LIMITS.profileBytes).optional(),
  /** Any other keys. A list: a key may have any name. */
  custom: z
    .array(
      z.strictObject({
        key: utf8Text(CHAT_LIMITS.profileKeyBytes).refine((key) => key.length > 0, { error: "a key has a name" }),
        value: utf8Text(CHAT_LIMITS.profileBytes),
      }),
    )
    .max(CHAT_LIMITS.profileBytes)
    .optional(),
});
export type Profile = z.infer<typeof profile>;

export const contactReason = chars(CHAT_LIMITS.contactReasonChars);
export const contactRemark = chars(CHAT_LIMITS.contactRemarkChars);

/** `invited`: by this user, and not decided · `asked`: the other has invited this user · `contact`: each other's. */
export const contactState = z.enum(["invited", "asked", "contact"]);
export type ContactState = z.infer<typeof contactState>;

export const contact = z.strictObject({
  user: userId,
  state: contactState,
  since: timeMs,
  /** Of the invitation, as long as it waits. */
  reason: z.string().optional(),
  /** What this user calls the contact. */
  remark: z.string().optional(),
});
export type Contact = z.infer<typeof contact>;

/** A contact as it stands now, or why it is one no longer. */
export const contactNews = z.union([contact, z.strictObject({ user: userId, state: z.literal("none"), why: z.enum(["declined", "removed"]) })]);
export type ContactNews = z.infer<typeof contactNews>;
