const STARS = 70;

/** What is on the air: a dance of lights, the same for everybody at the same time. */
export function drawScene(canvas: CanvasRenderingContext2D, width: number, height: number, ms: number): void {
  const sky = canvas.createLinearGradient(0, 0, 0, height);
  sky.addColorStop(0, `hsl(${(ms / 120) % 360} 45% 14%)`);
  sky.addColorStop(1, `hsl(${(ms / 120 + 70) % 360} 60% 26%)`);
  canvas.fillStyle = sky;
  canvas.fillRect(0, 0, width, height);
  for (let star = 0; star < STARS; star++) {
    const x = ((star * 7919) % 1000) / 1000;
    const y = ((star * 104_729) % 1000) / 1000;
    canvas.fillStyle = `rgb(255 255 255 / ${0.15 + 0.35 * (1 + Math.sin(ms / 600 + star)) * 0.5})`;
    canvas.fillRect(x * width, y * height * 0.7, 2, 2);
  }
  for (let beam = 0; beam < 5; beam++) {
    const swing = Math.sin(ms / 1_700 + beam * 1.3) * 0.35;
    const from = (width * (beam + 0.5)) / 5;
    const to = from + swing * width * 0.5;
    const light = canvas.createLinearGradient(from, 0, to, height);
    light.addColorStop(0, `hsl(${(ms / 40 + beam * 60) % 360} 90% 65% / 0.4)`);
    light.addColorStop(1, "hsl(0 0% 100% / 0)");
    canvas.fillStyle = light;
    canvas.beginPath();
    canvas.moveTo(from - 4, 0);
    canvas.lineTo(from + 4, 0);
    canvas.lineTo(to + width * 0.09, height);
    canvas.lineTo(to - width * 0.09, height);
    canvas.fill();
  }
  const bars = 48;
  for (let bar = 0; bar < bars; bar++) {
    const level = Math.abs(Math.sin(ms / 310 + bar * 0.55) * Math.sin(ms / 770 + bar * 0.21)) * 0.75 + 0.05;
    canvas.fillStyle = `hsl(${(bar * 7 + ms / 30) % 360} 85% 62% / 0.85)`;
    canvas.fillRect((bar * width) / bars + 1, height - level * height * 0.35, width / bars - 2, level * height * 0.35);
  }
}
