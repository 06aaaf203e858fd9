import { useState } from "preact/hooks";
import { wordsOf } from "../../shared/words.ts";
import { sayIn, storedLanguage } from "../words.ts";

/** Asks who one is, and for which room. */
export function Login({ room, enter }: { readonly room: string; enter(user: string, room: string): Promise<void> }) {
  const say = sayIn(storedLanguage());
  const [user, setUser] = useState("");
  const [where, setWhere] = useState(room);
  const [error, setError] = useState("");
  const submit = (event: Event): void => {
    event.preventDefault();
    setError(user.trim() === "" ? say("nameMissing") : "");
    if (user.trim() !== "") enter(user.trim(), where.trim() || room).catch((thrown: unknown) => setError(wordsOf(thrown)));
  };
  return (
    <main class="login">
      <form class="card" noValidate onSubmit={submit}>
        <img class="logo" src="../shared/icon.svg" alt="" width="56" height="56" />
        <h1>{say("title")}</h1>
        <p class="lead">{say("lead")}</p>
        <label for="login-name">{say("yourName")}</label>
        <input
          id="login-name"
          autocomplete="nickname"
          spellcheck={false}
          maxLength={64}
          placeholder="Alice"
          aria-describedby="login-error"
          value={user}
          onInput={(event) => setUser(event.currentTarget.value)}
          autofocus
        />
        <label for="login-room">{say("room")}</label>
        <input id="login-room" autocomplete="off" spellcheck={false} maxLength={64} value={where} onInput={(event) => setWhere(event.currentTarget.value)} />
        <p id="login-error" class="error" role="alert">
          {error}
        </p>
        <button type="submit" class="primary">
          {say("comeIn")}
        </button>
      </form>
    </main>
  );
}
