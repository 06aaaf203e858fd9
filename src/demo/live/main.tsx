import { render } from "preact";
import { enter } from "./service.ts";
import { App } from "./view/app.tsx";
import { Login } from "./view/login.tsx";

/** A live room on `wigwag/chat` and `wigwag/react`: words that fly, likes, gifts, seats, and a crowd at the push of a button. */
const root = document.getElementById("app") as HTMLElement;
const DEFAULT_ROOM = "live";

async function come(user: string, room: string): Promise<void> {
  const client = await enter(user, room);
  history.replaceState(null, "", `?${new URLSearchParams({ room, user })}`);
  render(<App client={client} name={room} />, root);
}

const asked = new URLSearchParams(location.search);
const room = asked.get("room") || DEFAULT_ROOM;
const login = (): void => render(<Login room={room} enter={come} />, root);
const user = asked.get("user");
if (user === null || user === "") login();
else come(user, room).catch(login);
