import type { Adapter, AdapterOptions } from "../load/adapter.ts";
import type { ContenderName } from "../scenarios/scenario.ts";
import { bareAdapter, bareJoinedAdapter, bareUserAdapter } from "./bare/adapter.ts";
import { mosquittoQos0Adapter, mosquittoQos1Adapter } from "./mosquitto/adapter.ts";
import { natsAdapter } from "./nats/adapter.ts";
import { socketIoAdapter } from "./socketio/adapter.ts";
import { wigwagAdapter, wigwagMemoryAdapter } from "./wigwag/adapter.ts";
import { wigwagSdkAdapter } from "./wigwag/sdk-adapter.ts";
import { wsAdapter } from "./ws/adapter.ts";

export const ADAPTERS: Record<ContenderName, (options: AdapterOptions) => Adapter> = {
  bare: bareAdapter,
  "bare-joined": bareJoinedAdapter,
  "bare-storing": bareAdapter,
  "bare-user": bareUserAdapter,
  wigwag: wigwagAdapter,
  "wigwag-memory": wigwagMemoryAdapter,
  "wigwag-sdk": wigwagSdkAdapter,
  ws: wsAdapter,
  socketio: socketIoAdapter,
  "mosquitto-qos0": mosquittoQos0Adapter,
  "mosquitto-qos1": mosquittoQos1Adapter,
  nats: natsAdapter,
};
