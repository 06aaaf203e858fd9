import * as z from "zod";
import type { Metadata } from "../../domain/metadata.ts";
import { metadataItem, revision } from "../../protocol/messages/metadata.ts";

const stored = z.object({
  majorRevision: revision,
  by: z.string(),
  items: z.array(metadataItem),
  writes: z.array(z.object({ request: z.string(), majorRevision: revision, count: z.int() })).readonly(),
});

/** A set as the text of its row. */
export const metadataText = ({ items, ...rest }: Metadata): string =>
  JSON.stringify({ ...rest, items: [...items].map(([key, item]) => ({ key, ...item })) } satisfies z.infer<typeof stored>);

export function parseMetadata(text: string): Metadata {
  const { items, ...rest } = stored.parse(JSON.parse(text));
  return { ...rest, items: new Map(items.map(({ key, ...item }) => [key, item])) };
}
