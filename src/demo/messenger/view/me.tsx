import { useSyncExternalStore } from "preact/compat";
import { useEffect, useRef, useState } from "preact/hooks";
import { makePicture, pictureIn, withPicture } from "../profile-picture.ts";
import { Avatar } from "./avatar.tsx";
import { useShared } from "./shared.tsx";

const SIGNS = ["", "🦊", "🐼", "🐯", "🐙", "🦉", "🐳", "🌵", "🍉", "🚲", "🎧", "⛵", "🌙"];

export function Me() {
  const { account, people, say, language, setLanguage, attempt, tell } = useShared();
  const { chats, user, network } = account;
  const profile = people.profileOf(user);
  const [nickname, setNickname] = useState(profile?.nickname ?? "");
  const [sign, setSign] = useState(profile?.sign ?? "");
  const pictures = useRef<HTMLInputElement>(null);
  const picture = pictureIn(profile);
  const on = useSyncExternalStore(network.subscribe, () => network.isOn);
  useEffect(() => {
    setNickname(profile?.nickname ?? "");
    setSign(profile?.sign ?? "");
  }, [profile?.nickname, profile?.sign]);
  const save = (change: Parameters<typeof chats.people.updateProfile>[0]): void =>
    attempt(async () => {
      await chats.people.updateProfile(change);
      tell(say("saved"));
    });
  const setPicture = (file: File): void =>
    attempt(async () => {
      const made = await makePicture(file, profile ?? {});
      if (made === undefined) throw new Error(say("noPicture"));
      await chats.people.updateProfile(withPicture(made));
      tell(say("saved"));
    });
  const signOut = (): void => {
    network.set(true);
    attempt(() => chats.logout());
  };
  return (
    <div class="side-body padded me">
      <section aria-labelledby="profile-title">
        <h2 class="unseen" id="profile-title">
          {say("profile")}
        </h2>
        <div class="card-head">
          <Avatar user={user} large />
          <p>
            <bdi class="who-name">{people.nameOf(user)}</bdi>
            <bdi class="soft">{user}</bdi>
          </p>
        </div>
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            save({ nickname: nickname.trim(), sign: sign.trim() });
          }}
        >
          <label>
            {say("nickname")}
            <input class="field" maxLength={64} value={nickname} onInput={(event) => setNickname(event.currentTarget.value)} />
          </label>
          <label>
            {say("sign")}
            <input class="field" maxLength={256} value={sign} onInput={(event) => setSign(event.currentTarget.value)} />
          </label>
          <button type="submit" class="primary small">
            {say("saveRemark")}
          </button>
        </form>
        <h3 class="section">{say("avatar")}</h3>
        <input
          ref={pictures}
          type="file"
          accept="image/*"
          hidden
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            event.currentTarget.value = "";
            if (file !== undefined) setPicture(file);
          }}
        />
        <p class="picture-choices">
          <button type="button" class="text-button" onClick={() => pictures.current?.click()}>
            {say("choosePicture")}
          </button>
          {picture !== undefined && (
            <button type="button" class="text-button" onClick={() => save(withPicture(""))}>
              {say("dropPicture")}
            </button>
          )}
        </p>
        <p class="signs">
          {SIGNS.map((one) => (
            <button
              key={one}
              type="button"
              class="sign-choice"
              aria-pressed={picture === undefined && (profile?.avatarUrl ?? "") === one}
              aria-label={one === "" ? say("noAvatar") : one}
              onClick={() => save({ avatarUrl: one, ...(picture !== undefined && withPicture("")) })}
            >
              {one === "" ? "A" : one}
            </button>
          ))}
        </p>
      </section>
      <section aria-labelledby="settings-title">
        <h2 class="section" id="settings-title">
          {say("settings")}
        </h2>
        <button type="button" role="switch" aria-checked={on} class="switch-row" onClick={() => network.set(!on)}>
          <span class="switch" aria-hidden="true" />
          {say("network")}
        </button>
        <label class="language">
          {say("language")}
          <select class="field" value={language} onChange={(event) => setLanguage(event.currentTarget.value === "zh" ? "zh" : "en")}>
            <option value="en">English</option>
            <option value="zh">中文</option>
          </select>
        </label>
      </section>
      <section aria-labelledby="blocked-title">
        <h2 class="section" id="blocked-title">
          {say("blocked")}
        </h2>
        {people.blocked.size === 0 && <p class="soft">{say("nobodyBlocked")}</p>}
        <ul class="people">
          {[...people.blocked].map((one) => (
            <li key={one} class="request">
              <Avatar user={one} />
              <bdi class="person-words">{people.nameOf(one)}</bdi>
              <button type="button" class="text-button" onClick={() => attempt(() => chats.people.unblock(one))}>
                {say("unblock")}
              </button>
            </li>
          ))}
        </ul>
      </section>
      <button type="button" class="text-button sign-out" onClick={signOut}>
        {say("signOut")}
      </button>
      <p class="soft small-print">{say("signOutNote")}</p>
    </div>
  );
}
