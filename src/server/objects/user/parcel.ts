import type { DeliveryReply, Parcel } from "../../../domain/user/peer-message.ts";
import type { BroughtSettings } from "../../../protocol/settings.ts";

/**
 * What one user's object hands another's, as RPC carries it. Text goes as JSON, which costs a fraction of what the platform takes to copy
 * objects; with bytes in it they go as they are. Either end is this code, so what comes out is what went in.
 */
export type PackedParcel = string | Parcel;

export const packParcel = (parcel: Parcel): PackedParcel =>
  parcel.deliveries.every(({ message }) => typeof message.data === "string") ? JSON.stringify(parcel) : parcel;
export const unpackParcel = (packed: PackedParcel): Parcel => (typeof packed === "string" ? (JSON.parse(packed) as Parcel) : packed);

export const packReply = (reply: DeliveryReply): string => JSON.stringify(reply);
export const unpackReply = (packed: string): DeliveryReply => JSON.parse(packed) as DeliveryReply;

/** An app's settings as they travel with each call: nearly always those of the call before, and then neither end makes them anew. */
export class PackedSettings {
  readonly #texts = new WeakMap<BroughtSettings, string>();
  #last: { readonly text: string; readonly settings: BroughtSettings } | undefined;

  pack(settings: BroughtSettings): string {
    const known = this.#texts.get(settings);
    if (known !== undefined) return known;
    const text = JSON.stringify(settings);
    this.#texts.set(settings, text);
    return text;
  }

  unpack(text: string): BroughtSettings {
    if (this.#last?.text !== text) this.#last = { text, settings: JSON.parse(text) as BroughtSettings };
    this.#texts.set(this.#last.settings, text);
    return this.#last.settings;
  }
}
