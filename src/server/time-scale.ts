/** The factor that tests put on every time-out and cache time; anything odd means 1. */
export function timeScale(env: { readonly WIGWAG_TIME_SCALE?: string }): number {
  const scale = Number(env.WIGWAG_TIME_SCALE ?? "1");
  return Number.isFinite(scale) && scale > 0 && scale <= 10 ? scale : 1;
}
