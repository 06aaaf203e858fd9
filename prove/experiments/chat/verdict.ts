import { isShown } from "../../../src/client/chat/records.ts";
import type { MessageRecord } from "../../../src/protocol/messages/conversation.ts";
import type { Violation } from "../../check/invariant.ts";
import { Found } from "../../check/model/found.ts";
import { mayHide, type Note, type Truth, type View } from "./notes.ts";

export const CONVERGES = "HX16";
export const KEPT = "HX17";
export const LEDGER = "HX18";

export interface ChatEvidence {
  readonly notes: readonly Note[];
  readonly truths: readonly Truth[];
  /** Of every user, those that were there in the end. */
  readonly devices: Readonly<Record<string, readonly string[]>>;
}

/** Whether what the devices show in the end is one thing, the service's, and all that was acknowledged. */
export function judgeChat({ notes, truths, devices }: ChatEvidence): Violation[] {
  const found = { [CONVERGES]: new Found(CONVERGES), [KEPT]: new Found(KEPT), [LEDGER]: new Found(LEDGER) };
  const views = new Map(notes.flatMap((note) => (note.is === "view" ? [[nameOf(note.user, note.with, note.device), note] as const] : [])));
  for (const truth of truths) {
    const { user, with: other } = truth;
    const shown = devices[user]?.map((device) => ({ device, view: views.get(nameOf(user, other, device)) })) ?? [];
    for (const { device, view } of shown) {
      const what = `${user}'s ${device}, with ${other}`;
      if (view === undefined) found[CONVERGES].add(`${what}: shows nothing`);
      else for (const difference of differences(view, truth, shown[0]?.view)) found[CONVERGES].add(`${what}: ${difference}`);
    }
    for (const fault of ledgerFaults(truth, shown[0]?.view)) found[LEDGER].add(fault);
  }
  for (const fault of keepingFaults(notes, truths)) found[KEPT].add(fault);
  return Object.values(found).flatMap((one) => one.list());
}

/** Lines that one of both has and the other has not; of what the service was not asked, the first device's word is taken. */
function differences(view: View, truth: Truth, first: View = view): string[] {
  const [own, right] = [view.messages.map(lineOf), truth.messages.filter(isShown).map(lineOf)];
  const lines = [
    ...own.filter((line) => !right.includes(line)).map((line) => `shows ${line}`),
    ...right.filter((line) => !own.includes(line)).map((line) => `lacks ${line}`),
  ];
  if (lines.length === 0 && own.join() !== right.join()) lines.push("shows them in another order");
  for (const what of ["unread", "read", "entry"] as const) {
    const [mine, others] = [JSON.stringify(view[what]), JSON.stringify(first[what])];
    if (mine !== others) lines.push(`${what} ${mine}, elsewhere ${others}`);
  }
  return lines;
}

function ledgerFaults({ user, with: other, newest }: Truth, view: View | undefined): string[] {
  if (newest === undefined || view === undefined) return [];
  const { seq, delivered, read } = newest;
  const faults: string[] = [];
  if (!delivered.includes(user)) faults.push(`${user} has ${seq} of ${other}, and it is not known`);
  const mark = view.read[user] ?? 0;
  if (mark >= seq !== read.includes(user))
    faults.push(`${user} has read ${mark} of ${other}, and of ${seq} it is said that it was ${read.includes(user) ? "" : "not "}read`);
  return faults;
}

/** What was acknowledged is there once, what nobody wrote is not, and what was recalled stays so. */
function keepingFaults(notes: readonly Note[], truths: readonly Truth[]): string[] {
  const faults: string[] = [];
  const times = new Map<string, number>();
  const recalled = new Set<string>();
  for (const { user, with: other, messages } of truths) {
    if (mayHide(user, other)) continue;
    for (const message of messages) {
      const name = nameOf(message.from, message.from === user ? other : user, message.key);
      times.set(name, (times.get(name) ?? 0) + 1);
      if (message.recalled !== undefined) recalled.add(pairOf(user, other, message.seq));
    }
  }
  const wrote = new Set<string>();
  for (const note of notes) {
    if (note.is === "failed") faults.push(note.what);
    if (note.is === "view" || note.is === "failed") continue;
    const { user, with: other } = note;
    switch (note.is) {
      case "wrote":
        wrote.add(nameOf(user, other, note.key));
        break;
      case "sent": {
        const count = times.get(nameOf(user, other, note.key)) ?? 0;
        if (count !== 1) faults.push(`a message of ${user} to ${other} was acknowledged, and is there ${count} times: ${note.key}`);
        break;
      }
      case "returned":
        faults.push(`${user} was shown ${note.seq} of ${other} again after it was recalled`);
        break;
      case "recalled":
        if (!recalled.has(pairOf(user, other, note.seq))) faults.push(`${user} recalled ${note.seq} of ${other}, and it is there`);
    }
  }
  for (const name of times.keys()) if (!wrote.has(name)) faults.push(`nobody wrote ${name}`);
  return faults;
}

const nameOf = (user: string, other: string, what: string | number): string => `${user} ${other} ${what}`;
const pairOf = (user: string, other: string, seq: number): string => (user < other ? nameOf(user, other, seq) : nameOf(other, user, seq));
const lineOf = (record: MessageRecord): string => JSON.stringify(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
