import { fork } from "node:child_process";

/** A program of ours beside the experiment, with a processor's time of its own. */
export interface SideProcess<Answer> {
  /** Asks it something and waits for the answer; what the program throws is thrown here. */
  ask(question: object | string): Promise<Answer>;
  end(): void;
}

type Told<Answer> = { readonly answer: Answer } | { readonly error: string };

/** Starts `file`, which calls `answerQuestions`. */
export function startSideProcess<Answer>(file: string, options: object): SideProcess<Answer> {
  const child = fork(file, [JSON.stringify(options)], { stdio: ["ignore", "inherit", "inherit", "ipc"], serialization: "advanced" });
  const waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
  child.on("message", (told: Told<Answer>) => {
    const next = waiting.shift();
    if ("answer" in told) next?.resolve(told.answer);
    else if (next !== undefined) next.reject(new Error(told.error));
  });
  child.on("exit", (code) => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`${file} ended with ${code}`));
  });
  return {
    ask: (question) => {
      const answer = new Promise<Answer>((resolve, reject) => waiting.push({ resolve, reject }));
      child.send(question);
      return answer;
    },
    end: () => child.kill("SIGKILL"),
  };
}

/** The other side: one answer per question, in order. The program ends when whoever started it is gone. */
export function answerQuestions<Options, Question>(begin: (options: Options) => (question: Question) => Promise<unknown>): void {
  const tell = (told: Told<unknown>): void => void process.send?.(told);
  const fail = (error: unknown): void => tell({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  process.on("disconnect", () => process.exit(0));
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  const answer = begin(JSON.parse(process.argv[2] ?? "{}"));
  process.on("message", (question: Question) => void answer(question).then((given) => tell({ answer: given }), fail));
}
