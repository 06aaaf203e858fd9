import type { ChatConversation, Content, MessageRecord, ReactionSummary } from "../../client/chat/index.ts";

/** A question with options, of which everybody chooses one: a custom message, and reactions that stand for the options. */
export interface Poll {
  readonly question: string;
  readonly options: readonly string[];
}

const EVENT = "poll";
export const OPTIONS_MIN = 2;
export const OPTIONS_MAX = 6;
export const QUESTION_CHARS = 200;
export const OPTION_CHARS = 80;
/** The reaction of each option: whose program knows no polls still sees what was chosen. */
const MARKS = ["1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣"] as const;

const cut = (text: string, chars: number): string => [...text.trim()].slice(0, chars).join("");

/** Undefined: there is no question, or there are too few options. */
export function pollContent({ question, options }: Poll): Content | undefined {
  const asked = cut(question, QUESTION_CHARS);
  const choices = [...new Set(options.map((one) => cut(one, OPTION_CHARS)).filter(Boolean))].slice(0, OPTIONS_MAX);
  if (asked === "" || choices.length < OPTIONS_MIN) return undefined;
  return { type: "custom", event: EVENT, params: { question: asked, ...Object.fromEntries(choices.map((one, index) => [`option${index + 1}`, one])) } };
}

/** Others' programs may have put anything there: what is no poll is none. */
export function pollIn(content: Content | undefined): Poll | undefined {
  if (content?.type !== "custom" || content.event !== EVENT) return undefined;
  const params = new Map(Object.entries(content.params ?? {}));
  const question = cut(params.get("question") ?? "", QUESTION_CHARS);
  const options: string[] = [];
  for (let index = 1; index <= OPTIONS_MAX; index++) {
    const option = cut(params.get(`option${index}`) ?? "", OPTION_CHARS);
    if (option === "") break;
    options.push(option);
  }
  return question === "" || options.length < OPTIONS_MIN ? undefined : { question, options };
}

export interface PollOption {
  readonly text: string;
  readonly mark: string;
  readonly count: number;
  /** Of all votes, 0 to 1. */
  readonly part: number;
  readonly mine: boolean;
}

/** How a poll stands. */
export function standing({ options }: Poll, reactions: readonly ReactionSummary[] = []): { readonly options: readonly PollOption[]; readonly votes: number } {
  const counted = options.map((text, index) => {
    const mark = MARKS[index] ?? "";
    const found = reactions.find(({ reaction }) => reaction === mark);
    return { text, mark, count: found?.count ?? 0, mine: found?.mine === true };
  });
  const votes = counted.reduce((sum, { count }) => sum + count, 0);
  return { options: counted.map((one) => ({ ...one, part: votes === 0 ? 0 : one.count / votes })), votes };
}

/** Reactions that are no votes. */
export const besides = (poll: Poll | undefined, reactions: readonly ReactionSummary[] = []): readonly ReactionSummary[] =>
  poll === undefined ? reactions : reactions.filter(({ reaction }) => !MARKS.slice(0, poll.options.length).includes(reaction as never));

/** One vote for each: another choice takes the place of the first, the same again takes it back. */
export async function vote(handle: ChatConversation, { seq, reactions }: MessageRecord, poll: Poll, mark: string): Promise<void> {
  const chosen = standing(poll, reactions).options.filter(({ mine }) => mine);
  const others = chosen.filter((before) => before.mark !== mark);
  const had = others.length < chosen.length;
  for (const before of others) await handle.react(seq, before.mark, false);
  if (!had) await handle.react(seq, mark);
  else if (others.length === 0) await handle.react(seq, mark, false);
}
