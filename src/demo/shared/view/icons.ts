const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  clock: "M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z",
  check: "m5 13 4 4L19 7",
  checks: "m2 13 4 4L16 7m-4 10 10-10",
  inbox: "M4 13h4l2 3h4l2-3h4M4 13l3-8h10l3 8v6H4v-6Z",
  alert: "M12 8v5m0 3h.01M12 3 2.5 20h19L12 3Z",
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
