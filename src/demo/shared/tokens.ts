export interface DemoToken {
  readonly app: string;
  readonly token: string;
}

/** A token of the development app for whoever one says to be. A real app's server asks for a password first. */
export async function demoToken(user: string): Promise<DemoToken> {
  const answer = await fetch("/demo/token", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ user }) });
  if (answer.status === 404) throw new Error("This deployment has no development app, so the demo cannot log anybody in.");
  const body: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok || !isToken(body)) throw new Error(refusalIn(body) ?? `The service answered ${answer.status}.`);
  return body;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isToken = (value: unknown): value is DemoToken => isObject(value) && typeof value.app === "string" && typeof value.token === "string";
const refusalIn = (value: unknown): string | undefined =>
  isObject(value) && isObject(value.error) && typeof value.error.message === "string" ? value.error.message : undefined;
