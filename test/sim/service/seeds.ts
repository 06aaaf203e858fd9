import type { Extras } from "./extras.ts";

/** A run that once ended badly, and what was the matter. */
export interface Seed {
  readonly seed: number;
  readonly title: string;
  /** Of before some runs had more in them. */
  readonly plain?: boolean;
  readonly calm?: boolean;
  readonly extras?: Partial<Extras>;
}

/** Kept as long as their schedules still come to the place; a change of the workload gives each of them another life, which does no harm. */
export const SEEDS: readonly Seed[] = [
  { seed: 1, plain: true, title: "a rider whose session had died without a word stayed a member for ever" },
  { seed: 6, plain: true, title: "a rider was deaf for ever, because the one call that told it of its end was lost" },
  { seed: 7, plain: true, title: "who left while the session was away was brought in again by its return" },
  { seed: 18, plain: true, title: "a call that was forgotten while it told its members threw where nobody catches" },
  { seed: 37, plain: true, title: "a rider whose lease ended while others were asked was taken for gone" },
  { seed: 49, plain: true, title: "the end of an earlier login's ride closed the next one's" },
  { seed: 57, plain: true, title: "the same, where the channel had forgotten by which connection it rode" },
  { seed: 44, plain: true, title: "a peer message came after a later one, because the object that had pushed it was lost" },
  { seed: 189, plain: true, title: "a channel waited for a timer that a wrong clock had set a day off, with a message in hand" },
  { seed: 47, plain: true, title: "a channel in memory mode took a message again that was stored, because it forgot its writers in a crash" },
  { seed: 177, plain: true, title: "a peer message came after a later one, because its call failed too often and it was submitted again" },
  { seed: 2077900046, plain: true, title: "a publish over the session came after later ones, because the call that carried it failed" },
  { seed: 5029, plain: true, title: "who had fallen silent before a clock was set back was taken for there" },
  { seed: 100286, plain: true, title: "who had left a channel that could not be told of it rode on for as long as its session lasted" },
  { seed: 100281, plain: true, title: "a join that waited for its turn while its device logged out made it a member again, without anybody there" },
  { seed: 282, title: "a revocation that was told late gave back what a later one had taken, and a ticket of an ended login was good again" },
  { seed: 1391, title: "the same, with connections cut" },
  {
    seed: 1001,
    title: "a renewal was answered while a right that it took was still there: the object had died between, and its next life found nothing to take",
  },
  { seed: 1318, title: "a renewal was answered where a channel could not be told of it" },
  { seed: 1029, title: "a rider whose right was taken was never told: a frame had come between, for which there was no ride any more" },
  { seed: 912, title: "who fell silent after a clock was set back stayed, because nothing that asked for the time had come since" },
  { seed: 957, title: "a device that logged in while messages were under way to another one had them long after later ones, when that one had left" },
  { seed: 738, title: "who had logged out was judged to be there until it was told so" },
  { seed: 3977, title: "a channel that had forgotten itself by a clock that was set was judged by acknowledgements that came late" },
  {
    seed: 5,
    extras: { counted: false, leaves: true, thief: true },
    title: "a ticket of an ended login opened a leaf that had not heard of it, because the plan before had its user elsewhere",
  },
  {
    seed: 16,
    calm: true,
    extras: { counted: false, leaves: true, renewals: true, lossy: true },
    title: "a right was taken, as was said, and its member on a leaf spoke on: the relay had answered before the leaf had heard",
  },
  {
    seed: 12,
    calm: true,
    extras: { counted: false, leaves: true, lossy: true },
    title: "who left a leaf and came back, while its call was under way, was no member any more for as long as it stayed",
  },
  { seed: 438, title: "whom the hub had put out was no member again, because the list of its leaf's next life looked like one that had been taken" },
];
