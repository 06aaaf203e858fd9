import uPlot from "uplot";
import type { FaultSpan, Timeline } from "../timeline.ts";
import { lanes } from "./lanes.ts";

/** Left of every plot and lane, so that the same moment stands in one line. */
const GUTTER = 56;
const HEIGHT = 150;
const WHOLE_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200];
/** Nobody reaches the service meanwhile. */
const CUTS = /^(kill|deploy|stop-server$|network-(blackhole$|partition|refuse))/;

const timeline = JSON.parse(document.getElementById("data")?.textContent ?? "") as Timeline;
const seconds = timeline.acked.map((_, i) => (i + 0.5) * timeline.bucketSeconds);
const whole = { min: 0, max: timeline.acked.length * timeline.bucketSeconds };
const host = document.getElementById("plots");
const laneHost = document.getElementById("lanes");

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

interface Curve {
  readonly title: string;
  readonly unit: string;
  readonly values: readonly (number | null)[];
  readonly colour: string;
  readonly style?: "steps" | "points";
}

const CURVES: readonly Curve[] = [
  { title: "acknowledged", unit: "/s", values: timeline.acked, colour: "acked" },
  { title: "heard", unit: "/s", values: timeline.heard, colour: "heard" },
  { title: "refused", unit: "/s", values: timeline.refused, colour: "refused" },
  { title: "devices away", unit: "", values: timeline.away, colour: "away", style: "steps" },
  { title: "came back after", unit: " s", values: timeline.back, colour: "back", style: "points" },
];

let drawn: uPlot[] = [];

function draw(): void {
  if (host === null || laneHost === null) return;
  for (const plot of drawn) plot.destroy();
  const width = host.clientWidth;
  const cuts = timeline.faults.filter(({ name }) => CUTS.test(name));
  const curves = CURVES.filter(({ values }) => values.some((value) => value !== null && value > 0));
  drawn = curves.map((curve) => plot(host, curve, width, cuts));
  lanes(laneHost, timeline.faults, whole, GUTTER);
}

function plot(parent: HTMLElement, { title, unit, values, colour: name, style }: Curve, width: number, cuts: readonly FaultSpan[]): uPlot {
  const axis = { stroke: colour("dim"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1 }, font: "12px system-ui" };
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const options: uPlot.Options = {
    title: `${title}${unit === "" ? "" : ` ${unit}`}`,
    width,
    height: HEIGHT,
    padding: [8, 20, 0, 0],
    legend: { show: true, live: true },
    cursor: { sync: { key: "run" }, points: { size: 6 } },
    scales: { x: { time: false }, y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] } },
    axes: [
      { ...axis, incrs: WHOLE_SECONDS, values: (_plot, marks) => marks.map(clock) },
      { ...axis, size: GUTTER },
    ],
    series: [
      { label: "at", value: (_plot, at) => (at === null ? "" : clock(at)) },
      {
        label: title,
        stroke: colour(name),
        ...(style === "points"
          ? { paths: () => null, points: { show: true, size: 5, fill: colour(name), stroke: colour(name) } }
          : { fill: `${colour(name)}22`, width: 1.5, points: { show: false } }),
        ...(style === "steps" && stepped !== undefined && { paths: stepped }),
        value: (_plot, value) => (value === null ? "" : `${value}${unit}`),
      },
    ],
    hooks: {
      setCursor: [(self) => self.root.classList.toggle("read", (self.cursor.left ?? -1) >= 0)],
      drawClear: [(self) => shade(self, cuts)],
      setScale: [(self, key) => key === "x" && follow(self)],
    },
  };
  return new uPlot(options, [seconds, [...values]], parent);
}

/** The lanes, and the other plots, show what this one does. */
function follow(self: uPlot): void {
  const { min = whole.min, max = whole.max } = self.scales.x ?? {};
  if (laneHost !== null) lanes(laneHost, timeline.faults, { min, max }, GUTTER);
  for (const other of drawn) {
    const x = other.scales.x;
    if (other !== self && (x?.min !== min || x.max !== max)) other.setScale("x", { min, max });
  }
}

function shade(self: uPlot, spans: readonly FaultSpan[]): void {
  const { ctx, bbox } = self;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = colour("shade");
  for (const { from, to } of spans) {
    const left = self.valToPos(from, "x", true);
    ctx.fillRect(left, bbox.top, Math.max(devicePixelRatio, self.valToPos(to, "x", true) - left), bbox.height);
  }
  if (timeline.calmAt !== undefined) {
    ctx.fillStyle = colour("good");
    ctx.fillRect(self.valToPos(timeline.calmAt, "x", true), bbox.top, devicePixelRatio, bbox.height);
  }
  ctx.restore();
}

const clock = (at: number): string => `${Math.floor(at / 60)}:${String(Math.floor(at % 60)).padStart(2, "0")}`;

draw();
let waiting = 0;
addEventListener("resize", () => {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(draw);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
