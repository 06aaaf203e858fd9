import type { Adapter, AdapterOptions } from "../load/adapter.ts";
import type { ContenderName } from "../scenarios/scenario.ts";
import { bareAdapter } from "./bare/adapter.ts";
import { socketIoAdapter } from "./socketio/adapter.ts";
import { wigwagAdapter } from "./wigwag/adapter.ts";

export const ADAPTERS: Record<ContenderName, (options: AdapterOptions) => Adapter> = {
  bare: bareAdapter,
  "bare-storing": bareAdapter,
  socketio: socketIoAdapter,
  wigwag: wigwagAdapter,
};
