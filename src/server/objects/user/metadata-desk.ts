import { changeMetadata, type Metadata, type MetadataChange, NO_METADATA, readMetadata, type Writer, type Written } from "../../../domain/metadata.ts";
import type { WireError } from "../../../protocol/errors.ts";
import { ok, type Result } from "../../../util/result.ts";
import { metadataText, parseMetadata } from "../../storage/stored-metadata.ts";
import type { Home } from "./home.ts";

/** A user's metadata: one row, written and read by anybody, there until it is removed. */
export class MetadataDesk {
  readonly #home: Home;
  /** Those who watch it are told. */
  readonly #changed: () => void;
  #cache: Metadata | undefined;

  constructor(home: Home, changed: () => void) {
    this.#home = home;
    this.#changed = changed;
  }

  get set(): Metadata {
    this.#cache ??= this.#load();
    return this.#cache;
  }

  read(known: number | undefined): ReturnType<typeof readMetadata> {
    return readMetadata(this.set, known);
  }

  change(change: MetadataChange, writer: Omit<Writer, "now">): Result<Written, WireError> {
    const before = this.set;
    const changed = changeMetadata(before, change, { ...writer, now: this.#home.now() });
    if (!changed.ok) return changed;
    const { after, written } = changed.value;
    if (after === before) return ok(written);
    this.#cache = after;
    this.#home.tables.write("metadata", "INSERT OR REPLACE INTO metadata (one, metadata) VALUES (1, ?)", metadataText(after));
    this.#changed();
    return ok(written);
  }

  #load(): Metadata {
    const row = this.#home.tables.read<{ metadata: string }>("metadata", "SELECT metadata FROM metadata")[0];
    return row === undefined ? NO_METADATA : parseMetadata(row.metadata);
  }
}
