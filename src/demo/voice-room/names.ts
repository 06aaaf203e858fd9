/** RTM 1.x: what names of users and channels are written with. */
const RTM_NAME = /^[a-zA-Z0-9 !#$%&()+\-:;<=.>?@[\]^_{}|~,]{1,64}$/;

/** In words, why a name is none for RTM 1.x. */
export function problemWithName(name: string): string | undefined {
  if (name === "null") return "Nobody may be called null in RTM 1.x.";
  return RTM_NAME.test(name) ? undefined : "RTM 1.x knows names of unaccented Latin letters, digits and some signs only.";
}
