import { useEffect, useRef } from "preact/hooks";
import type { Room } from "../../../client/chat/index.ts";
import { Danmaku } from "../danmaku.ts";
import { GIFTS, giftIn } from "../gifts.ts";
import { drawScene } from "../scene.ts";
import { hueOf, useLive } from "./shared.tsx";

const LANE_PX = 34;
const FONT = "600 20px system-ui, sans-serif";
/** Who wants no movement sees a picture, and the words in the list. */
const STILL_MS = 1_000;

/** The picture, and over it what is said. */
export function Stage({ room }: { readonly room: Room }) {
  const { say, user } = useLive();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const shown = canvas.current;
    const context = shown?.getContext("2d");
    if (!shown || !context) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const danmaku = new Danmaku((text) => {
      context.font = FONT;
      return context.measureText(text).width;
    });
    const stop = room.on("message", (message) => {
      const { content, from } = message;
      const gift = giftIn(message);
      const text = content.type === "text" ? content.text : gift === undefined ? "" : `${from} ${GIFTS[gift]}`;
      if (text !== "" && !still) danmaku.add({ text: [...text].slice(0, 40).join(""), hue: hueOf(from), own: from === user });
    });
    let frame = 0;
    let before = performance.now();
    const draw = (now: number): void => {
      const { width, height } = sizeOf(shown, context);
      danmaku.resize(width, Math.floor((height * 0.7) / LANE_PX));
      danmaku.step(Math.min(100, now - before));
      before = now;
      drawScene(context, width, height, still ? STILL_MS : Date.now() % 10_000_000);
      context.font = FONT;
      context.textBaseline = "middle";
      for (const { text, hue, lane, x, own, width: wide } of danmaku.flying) {
        const y = LANE_PX * (lane + 0.7);
        context.lineWidth = 4;
        context.strokeStyle = "rgb(0 0 0 / 0.55)";
        context.strokeText(text, x, y);
        context.fillStyle = own ? "#ffffff" : `hsl(${hue} 90% 80%)`;
        context.fillText(text, x, y);
        if (own) context.fillRect(x, y + 14, wide, 2);
      }
      shown.dataset.flying = String(danmaku.flying.length);
      if (!still) frame = requestAnimationFrame(draw);
    };
    frame = requestAnimationFrame(draw);
    return () => {
      stop();
      cancelAnimationFrame(frame);
    };
  }, [room, user]);
  return <canvas ref={canvas} class="scene" role="img" aria-label={say("stage")} data-flying="0" />;
}

/** As many pixels as the screen has. */
function sizeOf(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D): { width: number; height: number } {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = Math.min(2, devicePixelRatio);
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return { width, height };
}
