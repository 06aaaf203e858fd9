const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  clock: "M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z",
  check: "m5 13 4 4L19 7",
  checks: "m2 13 4 4L16 7m-4 10 10-10",
  inbox: "M4 13h4l2 3h4l2-3h4M4 13l3-8h10l3 8v6H4v-6Z",
  alert: "M12 8v5m0 3h.01M12 3 2.5 20h19L12 3Z",
  plus: "M12 5v14M5 12h14",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  unlock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 6.6-1.6",
  microphone: "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3ZM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5v3.5",
  muted: "M9 9v2a3 3 0 0 0 4.8 2.4M15 10V6a3 3 0 0 0-5.6-1.5M5.5 11a6.5 6.5 0 0 0 9.8 5.6M18.5 11a6.5 6.5 0 0 1-.6 2.7M12 17.5V21M4 4l16 16",
  hand: "M8 13V6.5a1.5 1.5 0 0 1 3 0V12m0-1V4.5a1.5 1.5 0 0 1 3 0V12m0-5.5a1.5 1.5 0 0 1 3 0V14c0 4-2.5 7-6 7-2.6 0-4-1.2-5.4-3.4L3.8 14c-.6-1 .6-2.3 1.7-1.6L8 14.2",
  applause:
    "M10 14.5 8.2 9.6a1.3 1.3 0 0 1 2.5-.9l1.5 4m-.4-1.1-1.7-4.7a1.3 1.3 0 0 1 2.5-.9l1.7 4.7m-.4-1.1-1.1-3a1.3 1.3 0 0 1 2.5-.9l2 5.6c1.3 3.6-.1 7-3.2 8.1-2.3.8-4 .2-5.9-1.3l-3.9-3c-.8-.8-.1-2.3 1.1-2l3.6 1.4M5 9 3 8m3.5-3.5L5.3 2.8M2.5 12.3H1",
  gift: "M4 9.5h16V13H4zM5.5 13h13v7.5h-13zM12 9.5v11M12 9.5C9 9.5 7 8.3 7 6.5 7 5 8.2 4.2 9.3 4.5 11 5 12 7 12 9.5Zm0 0c3 0 5-1.2 5-3 0-1.5-1.2-2.3-2.3-2C13 5 12 7 12 9.5Z",
  crown: "M4 18h16M4.5 15 3.5 7l5 3.5L12 5l3.5 5.5 5-3.5-1 8z",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20c.4-3.6 3-6 6.5-6s6.1 2.4 6.5 6M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14.5c2 .9 3.2 2.9 3.5 5.5",
  away: "M14 4H6v16h8M10 12h11m-4-4 4 4-4 4",
  whisper: "M4 5h16v11h-9l-5 4v-4H4zM8 9h8M8 12.5h5",
  wave: "M4 10v4M8 7v10M12 4v16M16 7v10M20 10v4",
  invite: "M9.5 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM3 20c.4-3.6 3-6 6.5-6s6.1 2.4 6.5 6M19 7v6m-3-3h6",
  cross: "M6 6l12 12M18 6 6 18",
  rose: "M12 3c3 0 5 2 5 4.5S15 12.5 12 12.5 7 10 7 7.5 9 3 12 3Zm0 3c1.5 0 2.3.8 2.3 1.8M12 12.5V21m0-2c3 0 5-1.5 5.5-4-3 0-5 1.5-5.5 4Zm0 0c-3 0-5-1.5-5.5-4 3 0 5 1.5 5.5 4Z",
  tea: "M4 9h13v5.5a5 5 0 0 1-5 5H9a5 5 0 0 1-5-5zM17 10.5h1.5a2.5 2.5 0 0 1 0 5H17M8 3.5c-.8 1 .8 1.7 0 3M12.5 3.5c-.8 1 .8 1.7 0 3",
  star: "m12 3 2.7 5.8 6.3.8-4.6 4.3 1.2 6.3-5.6-3.1-5.6 3.1 1.2-6.3L3 9.6l6.3-.8z",
  rocket: "M12 2.5c3.5 2.5 5 6 4.5 10.5L15 16H9l-1.5-3C7 8.5 8.5 5 12 2.5ZM12 9.5h.01M7.5 12 5 15v4l4-3m7.5-4 2.5 3v4l-4-3M12 18.5V22",
} as const;

export type IconName = keyof typeof PATHS;

/** Drawn beside words that say the same. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
