import type { CallMember, CallView } from "../../src/protocol/messages/call.ts";
import type { Request } from "../../src/protocol/messages/request.ts";
import { type FakeService, type FakeSocket, type Handler, refuse } from "./fake-service.ts";

type Member = Pick<CallMember, "user" | "state"> & Partial<CallMember>;

/** The operations on calls as one user meets them: a table of calls, which a test changes at will. */
export class FakeCalls {
  readonly views = new Map<string, CallView>();
  readonly #service: FakeService;

  constructor(service: FakeService) {
    this.#service = service;
    this.#on("call.invite", ({ input }, socket) => this.#invite(input, socket));
    this.#on("call.ringing", ({ input }, socket) => this.#self(input, socket, { state: "ringing" }));
    this.#on("call.accept", ({ input }, socket) =>
      this.#self(
        input,
        socket,
        { state: "joined", device: socket.query("device"), ...(typeof input.response === "string" && { response: input.response }) },
        "active",
      ),
    );
    this.#on("call.refuse", ({ input }, socket) => this.#self(input, socket, { state: "refused" }, "ended", "refused"));
    this.#on("call.leave", ({ input }, socket) => {
      const ringing = this.of(String(input.call)).phase === "ringing";
      return this.#self(input, socket, { state: "left" }, "ended", ringing ? "cancelled" : "left");
    });
    this.#on("call.add", ({ input }) => {
      const view = this.of(String(input.call));
      const members = [...view.members, ...(input.to as string[]).map((user): CallMember => ({ user, state: "calling" }))];
      return this.change(view.call, { members }, false);
    });
    service.on("call.list", ({ input }) => ({ ok: { calls: this.#list((input.known ?? []) as string[]) } }));
  }

  of(id: string): CallView {
    const view = this.views.get(id);
    if (view === undefined) throw new Error(`there is no call ${id}`);
    return view;
  }

  /** The only one. */
  get only(): CallView {
    const [view, ...more] = this.views.values();
    if (view === undefined || more.length > 0) throw new Error(`there are ${this.views.size} calls`);
    return view;
  }

  /** Somebody calls, or has called, the user. */
  place(id: string, members: readonly Member[], facts: Partial<CallView> = {}, tell = true): CallView {
    const view: CallView = { call: id, version: 1, phase: "ringing", exclusive: true, startedAt: 1, members: [...members], ...facts };
    this.views.set(id, view);
    if (tell) this.tell(view);
    return view;
  }

  /** The call goes on to its next version. */
  change(id: string, facts: Partial<CallView>, tell = true): CallView {
    const view = { ...this.of(id), ...facts, version: this.of(id).version + 1 };
    this.views.set(id, view);
    if (tell) this.tell(view);
    return view;
  }

  /** One member's part of it changes. */
  member(id: string, user: string, facts: Partial<CallMember>, more: Partial<CallView> = {}, tell = true): CallView {
    const members = this.of(id).members.map((member) => (member.user === user ? { ...member, ...facts } : member));
    return this.change(id, { ...more, members }, tell);
  }

  tell(view: CallView): void {
    this.#service.session.push({ type: "notice", name: "call.changed", call: view });
  }

  #on(op: string, run: (request: Request, socket: FakeSocket) => CallView): void {
    const handler: Handler = (request, socket) => {
      const { call } = request.input;
      if (op !== "call.invite" && !this.views.has(String(call))) return refuse("not_found");
      return { ok: { call: run(request, socket) } };
    };
    this.#service.on(op, handler);
  }

  #invite(input: Record<string, unknown>, socket: FakeSocket): CallView {
    const { call, to, content, channel, exclusive } = input as { call: string; to: string[]; content?: string; channel?: string; exclusive?: boolean };
    const known = this.views.get(call);
    if (known !== undefined) return known;
    const me: Member = { user: socket.query("user"), device: socket.query("device"), state: "joined" };
    const callees = to.map((user): Member => ({ user, state: "calling" }));
    const facts = { ...(content !== undefined && { content }), ...(channel !== undefined && { channel }), ...(exclusive !== undefined && { exclusive }) };
    return this.place(call, [me, ...callees], facts, false);
  }

  #self(input: Record<string, unknown>, socket: FakeSocket, facts: Partial<CallMember>, phase?: CallView["phase"], end?: CallView["end"]): CallView {
    const id = String(input.call);
    if (this.of(id).phase === "ended") return this.of(id);
    return this.member(id, socket.query("user"), facts, { ...(phase && { phase }), ...(end && { end }) }, false);
  }

  #list(known: readonly string[]): CallView[] {
    return [...this.views.values()].filter(({ call, phase }) => phase !== "ended" || known.includes(call));
  }
}
