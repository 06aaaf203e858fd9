/**
 * Whether a socket comes too late: its client opened several side by side, and this one, or one after it, is here already.
 * Clients abandon those that do not come first, yet what they asked for may arrive much later.
 */
export const isOvertaken = (attempt: number | undefined, present: number | undefined): boolean =>
  attempt !== undefined && present !== undefined && attempt <= present;

/** Said to it, though hardly anybody listens any more. */
export const OVERTAKEN = "another attempt was first";
