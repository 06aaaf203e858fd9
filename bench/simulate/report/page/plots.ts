import uPlot from "uplot";
import type { Curves } from "../html.ts";

const HEIGHT = 230;
const AXIS = 66;
const COLOURS = ["#2563b8", "#0f8577", "#b07100", "#8a4fb0"];

const all = JSON.parse(document.getElementById("data")?.textContent ?? "[]") as readonly Curves[];
const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

let drawn: uPlot[] = [];

function draw(): void {
  for (const plot of drawn) plot.destroy();
  drawn = all.flatMap((curves) => {
    const host = document.getElementById(curves.id);
    return host === null ? [] : [plot(host, curves)];
  });
}

function plot(host: HTMLElement, { title, x, y, curves }: Curves): uPlot {
  const axis = { stroke: colour("dim"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1 }, font: "12px system-ui" };
  const options: uPlot.Options = {
    title,
    width: host.clientWidth,
    height: HEIGHT,
    padding: [8, 12, 0, 0],
    legend: { show: true, live: true },
    scales: {
      x: { time: false, ...(x.logarithmic && { distr: 3 as const }) },
      y: y.logarithmic ? { distr: 3 as const } : { range: (_plot, _min, max) => [0, max * 1.1] },
    },
    axes: [
      {
        ...axis,
        label: x.label,
        labelSize: 18,
        labelFont: "12px system-ui",
        ...(x.logarithmic && { splits: () => [...x.values] }),
        values: (_plot, marks) => marks.map(plain),
      },
      { ...axis, size: AXIS, values: (_plot, marks) => marks.map((mark) => (mark === null ? "" : `${plain(mark)}${y.unit}`)) },
    ],
    series: [
      { label: x.label },
      ...curves.map(({ label }, index): uPlot.Series => {
        const stroke = COLOURS[index % COLOURS.length] ?? "";
        return {
          label,
          stroke,
          width: 2,
          points: { show: true, size: 6, fill: stroke },
          value: (_plot, value) => (value === null ? "" : `${plain(value)}${y.unit}`),
        };
      }),
    ],
  };
  return new uPlot(options, [[...x.values], ...curves.map(({ values }) => [...values])], host);
}

/** uPlot leaves out marks of a logarithmic axis, and has no value where the cursor is not. */
const plain = (value: number | null | undefined): string =>
  value === null || value === undefined ? "" : value >= 10_000 ? `${Math.round(value / 1000)}k` : String(Number(value.toPrecision(3)));

draw();
let waiting = 0;
addEventListener("resize", () => {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(draw);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
