import { uprightOnWhite } from "../../domain/media/pixels.ts";
import { noImage, planThumbnail } from "../../domain/media/thumbnail-plan.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import type { Bytes } from "../../util/bytes.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { logLine, messageOf } from "../log.ts";
import { PhotonInstance } from "./photon.ts";

const QUALITY = 80;

let kept: PhotonInstance | undefined;

/** A JPEG of at most this width, upright, of the pixels alone. Bytes that are no image cost a refusal and nothing else. */
export async function makeThumbnail(file: Uint8Array, width: number): Promise<Result<Bytes, WireError>> {
  const plan = planThumbnail(file, width);
  if (!plan.ok) return plan;
  const loaded = await loadModule();
  if (loaded === undefined) return err(wireError("unavailable", { message: "this deployment makes no thumbnails" }));
  // From here on nothing waits, so one image at a time is in memory unpacked.
  const instance = kept ?? new PhotonInstance(loaded);
  kept = undefined;
  try {
    const small = instance.shrink(file, plan.value);
    return ok(instance.jpeg(uprightOnWhite(small, plan.value.orientation), QUALITY));
  } catch (error) {
    logLine("thumbnail.refused", { message: messageOf(error) });
    return err(noImage);
  } finally {
    if (instance.isWorthKeeping) kept = instance;
  }
}

async function loadModule(): Promise<WebAssembly.Module | undefined> {
  try {
    return (await import("./photon-module.ts")).photonModule;
  } catch (error) {
    logLine("thumbnail.unavailable", { message: messageOf(error) });
    return undefined;
  }
}
