import uPlot from "uplot";
import type { Chart } from "../charts.ts";

const HEIGHT = 220;
const AXIS = 50;
/** Labels under the bars stand slanted: names of contenders are long. */
const LABELS = 60;
const BAR_WIDTH = 0.62;
const BAR_PX_MAX = 46;

const charts = JSON.parse(document.getElementById("data")?.textContent ?? "[]") as readonly Chart[];
const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

let drawn: uPlot[] = [];

function draw(): void {
  for (const plot of drawn) plot.destroy();
  drawn = charts.flatMap((chart) => {
    const host = document.getElementById(chart.id);
    return host === null ? [] : [plot(host, chart)];
  });
}

function plot(host: HTMLElement, chart: Chart): uPlot {
  const { bars, lines, logarithmic, title, unit } = chart;
  const passes = Math.max(0, ...bars.map(({ points }) => points.length));
  const all = [...bars.flatMap(({ value, points }) => [value, ...points]), ...lines.map(({ at }) => at)].filter((value) => value > 0);
  const range: [number, number] = logarithmic
    ? [10 ** Math.floor(Math.log10(Math.min(...all, 1)) - 0.001), Math.max(...all) * 1.4]
    : [0, Math.max(...all) * 1.15];
  const axis = { stroke: colour("dim"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1 }, font: "12px system-ui" };
  const columns = bars.map((_, index) => index);
  const ours = bars.map(({ ours: own, value }) => (own ? value : null));
  const others = bars.map(({ ours: own, value }) => (own ? null : value));
  const points = Array.from({ length: passes }, (_, pass) => bars.map((bar) => bar.points[pass] ?? null));
  const paths = uPlot.paths.bars?.({ size: [BAR_WIDTH, BAR_PX_MAX] });
  const bar = (stroke: string): uPlot.Series => ({ stroke, fill: `${stroke}cc`, width: 0, points: { show: false }, ...(paths !== undefined && { paths }) });
  const point: uPlot.Series = { stroke: colour("ink"), width: 0, paths: () => null, points: { show: passes > 1, size: 4, fill: colour("ink") } };
  const options: uPlot.Options = {
    title,
    width: host.clientWidth,
    height: HEIGHT,
    padding: [12, 8, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [-0.6, bars.length - 0.4] },
      y: logarithmic ? { distr: 3, range } : { range },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: LABELS,
        rotate: -35,
        splits: () => columns,
        values: (_plot, splits) => splits.map((index) => bars[index]?.label ?? ""),
      },
      { ...axis, size: AXIS, values: (_plot, splits) => splits.map((value) => (value === null ? "" : `${plain(value)}${unit}`)) },
    ],
    series: [{}, bar(colour("others")), bar(colour("ours")), ...points.map(() => point)],
    hooks: { draw: [(self) => marks(self, chart)] },
  };
  return new uPlot(options, [columns, others, ours, ...points], host);
}

/** Targets as lines, and each bar's value above it. */
function marks(self: uPlot, { bars, lines, unit }: Chart): void {
  const { ctx, bbox } = self;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.font = `${11 * scale}px system-ui`;
  ctx.strokeStyle = colour("target");
  ctx.fillStyle = colour("target");
  ctx.setLineDash([4 * scale, 4 * scale]);
  for (const { at, label } of lines) {
    const y = self.valToPos(at, "y", true);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.textAlign = "right";
    ctx.fillText(label, bbox.left + bbox.width - 2 * scale, y - 4 * scale);
  }
  ctx.fillStyle = colour("ink");
  ctx.textAlign = "center";
  for (const [index, { value }] of bars.entries()) {
    ctx.fillText(`${plain(value)}${unit}`, self.valToPos(index, "x", true), self.valToPos(value, "y", true) - 5 * scale);
  }
  ctx.restore();
}

const plain = (value: number): string =>
  value >= 10_000 ? `${Math.round(value / 1000)}k` : value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2)));

draw();
let waiting = 0;
addEventListener("resize", () => {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(draw);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
