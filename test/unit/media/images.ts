/** Headers of images, and no more of them than a reader of headers looks at. */
const ascii = (text: string): number[] => [...text].map((char) => char.charCodeAt(0));
const be16 = (value: number): number[] => [(value >> 8) & 255, value & 255];
const be32 = (value: number): number[] => [...be16(value >>> 16), ...be16(value & 0xffff)];
const le16 = (value: number): number[] => [value & 255, (value >> 8) & 255];
const le24 = (value: number): number[] => [...le16(value), (value >> 16) & 255];
const le32 = (value: number): number[] => [...le16(value & 0xffff), ...le16(value >>> 16)];
export const bytes = (...parts: readonly (readonly number[])[]): Uint8Array => Uint8Array.from(parts.flat());

export const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
export const png = (width: number, height: number): Uint8Array => bytes(PNG, be32(13), ascii("IHDR"), be32(width), be32(height), [8, 6, 0, 0, 0], be32(0));

export const gif = (screen: readonly [number, number], frame: readonly [number, number]): Uint8Array =>
  bytes(
    ascii("GIF89a"),
    le16(screen[0]),
    le16(screen[1]),
    [0x80, 0, 0],
    [0, 0, 0, 255, 255, 255],
    // A comment, and what an animation begins with.
    [0x21, 0xfe, 2, 65, 66, 0],
    [0x21, 0xf9, 4, 0, 0, 0, 0, 0],
    [0x2c],
    le16(0),
    le16(0),
    le16(frame[0]),
    le16(frame[1]),
    [0],
  );

const riff = (...chunks: readonly (readonly number[])[]): Uint8Array => {
  const body = [...ascii("WEBP"), ...chunks.flat()];
  return bytes(ascii("RIFF"), le32(body.length), body);
};
const chunk = (kind: string, body: readonly number[]): number[] => [...ascii(kind), ...le32(body.length), ...body, ...(body.length % 2 === 0 ? [] : [0])];
const vp8 = (width: number, height: number): number[] => chunk("VP8 ", [0, 0, 0, 0x9d, 0x01, 0x2a, ...le16(width), ...le16(height)]);
const vp8x = (width: number, height: number): number[] => chunk("VP8X", [0x10, 0, 0, 0, ...le24(width - 1), ...le24(height - 1)]);
export const webp = {
  lossy: (width: number, height: number) => riff(vp8(width, height)),
  lossless: (width: number, height: number) => riff(chunk("VP8L", [0x2f, ...le32(((width - 1) | ((height - 1) << 14)) >>> 0)])),
  extended: (canvas: readonly [number, number], picture: readonly [number, number]) => riff(vp8x(...canvas), vp8(...picture)),
  animated: (canvas: readonly [number, number], frame: readonly [number, number]) =>
    riff(vp8x(...canvas), chunk("ANMF", [...le24(0), ...le24(0), ...le24(frame[0] - 1), ...le24(frame[1] - 1), ...le24(0), 0, ...vp8(...frame)])),
};

const segment = (marker: number, body: readonly number[]): number[] => [0xff, marker, ...be16(body.length + 2), ...body];
export const startOfFrame = (width: number, height: number, marker = 0xc0): number[] =>
  segment(marker, [8, ...be16(height), ...be16(width), 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
export const exif = (orientation: number, order: "II" | "MM" = "MM"): number[] => {
  const [two, four] = order === "MM" ? [be16, be32] : [le16, le32];
  const entry = [...two(0x0112), ...two(3), ...four(1), ...two(orientation), 0, 0];
  return segment(0xe1, [...ascii("Exif\0\0"), ...ascii(order), ...two(42), ...four(8), ...two(1), ...entry, ...four(0)]);
};
export const jpeg = (...segments: readonly (readonly number[])[]): Uint8Array =>
  bytes([0xff, 0xd8], ...segments, segment(0xda, [3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0]));
