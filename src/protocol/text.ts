import * as z from "zod";
import { utf8Bytes } from "../util/text.ts";

/** Well-formed text of at most so many bytes of UTF-8. */
export const utf8Text = (max: number) =>
  z.string().refine((text) => text.isWellFormed() && utf8Bytes(text) <= max, { error: `at most ${max} bytes of UTF-8`, params: { limit: max } });
