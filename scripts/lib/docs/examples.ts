import { encodeFrame } from "../../../src/protocol/frame.ts";
import { EXAMPLES, type Example } from "../../../test/support/protocol-examples.ts";

const WIDTH = 130;

/** JSON with as many fields on a line as fit. */
function pretty(value: unknown, indent = ""): string {
  const line = JSON.stringify(value);
  if (line.length + indent.length <= WIDTH || typeof value !== "object" || value === null) return line;
  const inner = `${indent}  `;
  if (Array.isArray(value)) return `[\n${value.map((item) => inner + pretty(item, inner)).join(",\n")}\n${indent}]`;
  const fields = Object.entries(value).map(([key, field]) => `${JSON.stringify(key)}:${pretty(field, inner)}`);
  const lines: string[] = [];
  for (const field of fields) {
    const last = lines.at(-1);
    if (last !== undefined && !field.includes("\n") && !last.includes("\n") && inner.length + last.length + field.length + 2 <= WIDTH)
      lines[lines.length - 1] = `${last}, ${field}`;
    else lines.push(field);
  }
  return `{\n${lines.map((each) => inner + each).join(",\n")}\n${indent}}`;
}

/** A frame as a fenced block: text as JSON; of a binary one length, header and payloads, a line each. */
export function blockOf({ messages }: Example): string {
  const frame = encodeFrame(messages);
  if (typeof frame === "string") return `\`\`\`json\n${pretty(JSON.parse(frame))}\n\`\`\``;
  const bytes = Buffer.from(frame);
  const payloadsAt = 4 + bytes.readUInt32BE(0);
  return ["```binary", bytes.toString("hex", 0, 4), bytes.toString("utf8", 4, payloadsAt), bytes.toString("hex", payloadsAt), "```"].join("\n");
}

const MARK = /<!-- example: ([\w-]+) -->\n```(json|binary)\n([\s\S]*?)\n```/g;

/** The blocks of a page that are marked as examples: the frame each shows, JSON made compact, a binary frame in hexadecimal. */
export function examplesOf(page: string): Map<string, string> {
  return new Map([...page.matchAll(MARK)].map(([, name = "", kind, body = ""]) => [name, kind === "json" ? JSON.stringify(JSON.parse(body)) : hexOf(body)]));
}

function hexOf(body: string): string {
  const [length = "", header = "", payloads = ""] = body.split("\n");
  return length + Buffer.from(header).toString("hex") + payloads;
}

/** Writes each marked block anew. */
export function fillExamples(page: string): string {
  return page.replace(MARK, (whole, name: string) => {
    const example = EXAMPLES.find((each) => each.name === name);
    return example === undefined ? whole : `<!-- example: ${name} -->\n${blockOf(example)}`;
  });
}
