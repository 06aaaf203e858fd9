import { expect, it } from "vitest";
import { MEDIA_LIMITS } from "../../src/protocol/limits.ts";
import { storeStream } from "../../src/server/media/part-writer.ts";

const PART = MEDIA_LIMITS.mediaPartBytes;

class FakeBucket {
  readonly puts: number[] = [];
  readonly parts: number[] = [];
  bytes: number[] = [];
  completed = 0;
  aborted = 0;

  async put(_key: string, value: Uint8Array): Promise<void> {
    this.puts.push(value.length);
  }

  async createMultipartUpload() {
    return {
      uploadPart: async (partNumber: number, value: Uint8Array) => {
        this.parts.push(value.length);
        this.bytes.push(value[0] ?? -1);
        return { partNumber, etag: `e${partNumber}` };
      },
      complete: async (parts: readonly object[]) => {
        this.completed = parts.length;
      },
      abort: async () => {
        this.aborted += 1;
      },
    };
  }
}

const store = (bucket: FakeBucket, chunks: readonly Uint8Array[], fails = false) => {
  const rest = [...chunks];
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = rest.shift();
      if (chunk !== undefined) controller.enqueue(chunk);
      else if (fails) controller.error(new Error("it broke"));
      else controller.close();
    },
  });
  return storeStream(bucket as unknown as R2Bucket, "key", stream, {});
};

it("[EX3] what is small is put at once; what is not goes in parts of one size, but for the last", async () => {
  const small = new FakeBucket();
  expect(await store(small, [new Uint8Array(3), new Uint8Array(4)])).toBe(7);
  expect([small.puts, small.parts]).toEqual([[7], []]);
  const large = new FakeBucket();
  expect(await store(large, [new Uint8Array(PART - 1).fill(1), new Uint8Array(PART + 2).fill(2), new Uint8Array(5).fill(3)])).toBe(2 * PART + 6);
  expect([large.puts, large.parts, large.bytes, large.completed]).toEqual([[], [PART, PART, 6], [1, 2, 2], 3]);
  const even = new FakeBucket();
  await store(even, [new Uint8Array(PART)]);
  expect([even.parts, even.completed]).toEqual([[PART], 1]);
});

it("[EX5] one that breaks off leaves nothing", async () => {
  const bucket = new FakeBucket();
  await expect(store(bucket, [new Uint8Array(PART), new Uint8Array(1)], true)).rejects.toThrow("it broke");
  expect([bucket.completed, bucket.aborted, bucket.puts]).toEqual([0, 1, []]);
});
