import type { Revocation } from "./ports.ts";

/** Both lists in one, without what has run out: whichever comes late takes nothing of the other back. */
export function mergeRevocations(one: readonly Revocation[], other: readonly Revocation[], now: number): Revocation[] {
  const merged = new Map<string, Revocation>();
  for (const revocation of [...one, ...other]) {
    if (revocation.until < now) continue;
    const key = `${revocation.device} ${revocation.user}`;
    const known = merged.get(key);
    const [generation, until] = [Math.max(known?.generation ?? 0, revocation.generation), Math.max(known?.until ?? 0, revocation.until)];
    merged.set(key, { ...revocation, generation, until });
  }
  return [...merged.values()];
}

/** Whether a login of that generation has been ended here. */
export const isRevoked = (revocations: readonly Revocation[], { user, device, generation }: Omit<Revocation, "until">): boolean =>
  revocations.some((one) => one.user === user && (one.device === "" || one.device === device) && generation <= one.generation);
