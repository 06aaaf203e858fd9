import photon from "@cf-wasm/photon/photon.wasm";

/** Compiled by the platform when the Worker is loaded; loaded by whoever makes the first thumbnail. */
export const photonModule: WebAssembly.Module = photon;
