import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";
import { bundleWorker } from "../../scripts/lib/worker-bundle.ts";
import { readWorkerConfig } from "../../scripts/lib/worker-config.ts";

export interface MiniflareService {
  readonly url: string;
  readonly app: string;
  readonly certificate: string;
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
const NAME = "wigwag";
const text = (value: string) => ({ type: "text" as const, value });

/** The built Worker in Miniflare: real sockets, objects and D1 in memory, no wrangler between. */
export async function startMiniflare(): Promise<MiniflareService> {
  const { entry, durableObjects } = readWorkerConfig(join(root, "wrangler.toml"));
  const directory = mkdtempSync(join(tmpdir(), "wigwag-miniflare-"));
  const wasm = await bundleWorker(entry, join(directory, "worker.js"));
  const contents = readFileSync(join(directory, "worker.js"), "utf8");
  const modules = wasm.map((name) => [name, { type: "wasm" as const, contents: readFileSync(join(directory, name)) }] as const);
  rmSync(directory, { recursive: true });
  const app = "00000000000000000000000000000de7";
  const certificate = "0000000000000000000000000000ce27";
  const objects = durableObjects.map(({ binding, className }) => [binding, { type: "durable-object" as const, worker: NAME, exportName: className }] as const);
  const classes = durableObjects.map(({ className }) => [className, { type: "durable-object" as const, storage: "sqlite" as const }] as const);
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port: 0,
    workers: [
      {
        config: {
          name: NAME,
          compatibilityDate: "2026-10-01",
          manifest: { mainModule: "worker.js", modules: { "worker.js": { type: "esm", contents }, ...Object.fromEntries(modules) } },
          env: {
            ...Object.fromEntries(objects),
            DB: { type: "d1", id: "DB" },
            MEDIA: { type: "r2", name: "MEDIA" },
            WIGWAG_SECRET: text("miniflare-only-secret-miniflare-only"),
            WIGWAG_DEV_APP_ID: text(app),
            WIGWAG_DEV_APP_CERTIFICATE: text(certificate),
          },
          exports: Object.fromEntries(classes),
        },
      },
    ],
  });
  const url = (await miniflare.ready).origin;
  return { url, app, certificate, stop: () => miniflare.dispose() };
}
