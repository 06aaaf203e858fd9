import type { Adapter, AdapterOptions } from "../../load/adapter.ts";
import { onePayload, plainAdapter } from "../plain-adapter.ts";

export const wsAdapter = ({ url }: AdapterOptions): Adapter =>
  plainAdapter({
    url,
    decode: onePayload,
    pathOf: ({ kind, name, index }) => `/${kind}/${name}?client=${index}`,
    // The server puts a consumer where all devices are heard.
    consume: async (connect, _rooms, { index, onDeliveries }) => {
      await connect({ kind: "login", name: "every-device", index, onDeliveries });
    },
  });
