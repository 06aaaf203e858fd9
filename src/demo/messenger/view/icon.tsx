const PATHS = {
  chats: "M4 5h16v11h-9l-5 4v-4H4z",
  contacts: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20c.4-3.6 3-6 6.5-6s6.1 2.4 6.5 6M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14.5c2 .9 3.2 2.9 3.5 5.5",
  me: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 21c.5-4.2 3.6-7 8-7s7.5 2.8 8 7",
  back: "m14 5-7 7 7 7",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  send: "M12 19V5m-6 6 6-6 6 6",
  plus: "M12 5v14M5 12h14",
  cross: "M6 6l12 12M18 6 6 18",
  microphone: "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3ZM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5v3.5",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM16.5 16.5 21 21",
  pin: "m14 3 7 7-4 1-4 4-1 5-8-8 5-1 4-4zM8 16l-5 5",
  mute: "M6 16V11a6 6 0 0 1 9.5-4.9M18 10v6l1.5 2H8M10 21h4M4 4l16 16",
  clock: "M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z",
  check: "m5 13 4 4L19 7",
  checks: "m2 13 4 4L16 7m-4 10 10-10",
  alert: "M12 8v5m0 3h.01M12 3 2.5 20h19L12 3Z",
  bin: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  play: "M8 5v14l11-7z",
  pause: "M8 5v14M16 5v14",
  down: "M12 5v14m-6-6 6 6 6-6",
  block: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM5.7 5.7l12.6 12.6",
} as const;

export type IconName = keyof typeof PATHS;

/** Drawn beside words that say the same, or in a button that has a name. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function IconButton({ name, label, press, kind = "" }: { readonly name: IconName; readonly label: string; press(): void; readonly kind?: string }) {
  return (
    <button type="button" class={`icon-button ${kind}`} aria-label={label} title={label} onClick={press}>
      <Icon name={name} />
    </button>
  );
}
