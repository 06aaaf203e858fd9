import { useState } from "preact/hooks";
import { knownAccounts } from "../account.ts";
import { sayIn, storedLanguage } from "../words.ts";
import { firstLetter } from "./avatar.tsx";

/** The service's bound for names. */
const NAME_BYTES_MAX = 64;

/** Asks who one is; who was here before is one touch away. */
export function Login({ enter }: { enter(user: string): Promise<void> }) {
  const [name, setName] = useState("");
  const [error, setError] = useState("");
  const say = sayIn(storedLanguage());
  const known = knownAccounts();
  const submit = (event: Event): void => {
    event.preventDefault();
    const user = name.trim();
    const tooLong = new TextEncoder().encode(user).byteLength > NAME_BYTES_MAX;
    setError(user === "" ? say("nameMissing") : tooLong ? say("nameTooLong") : "");
    if (user !== "" && !tooLong) enter(user).catch((thrown: unknown) => setError(String(thrown)));
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
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
          autofocus
        />
        <p id="login-error" class="error" role="alert">
          {error}
        </p>
        <button type="submit" class="primary">
          {say("signIn")}
        </button>
        {known.length > 0 && (
          <section class="known" aria-labelledby="known-title">
            <h2 id="known-title">{say("continueAs")}</h2>
            {known.map((user) => (
              <button key={user} type="button" class="chip" onClick={() => void enter(user)}>
                <span aria-hidden="true">{firstLetter(user)}</span> <bdi>{user}</bdi>
              </button>
            ))}
          </section>
        )}
      </form>
    </main>
  );
}
