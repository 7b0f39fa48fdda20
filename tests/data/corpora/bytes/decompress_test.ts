/**
 * Tests of decompression: whole files, wherever chunks end, and nothing that is damaged.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { constants, gzipSync, zstdCompressSync } from "node:zlib";
import { decompress } from "../../../../lib/data/corpora/bytes/decompress.ts";
import { DataError } from "../../../../lib/errors.ts";

type Compression = Parameters<typeof decompress>[1];

/** Bytes in chunks of a size. */
async function* chunks(bytes: Uint8Array<ArrayBuffer>, size: number) {
  for (let i = 0; i < bytes.length; i += size) {
    yield await Promise.resolve(bytes.subarray(i, i + size));
  }
}

async function textOf(
  bytes: Uint8Array<ArrayBuffer>,
  compression: Compression,
  size = 1000,
): Promise<string> {
  const parts = await Array.fromAsync(decompress(chunks(bytes, size), compression, "x"));
  return await new Blob(parts).text();
}

function join(...parts: readonly Iterable<number>[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

/** Text of some length that does not compress to nothing. */
const TEXT = Array.from({ length: 3000 }, (_, i) => `${i * 7919 % 1000} é`).join(" ");

/** Compresses with a checksum, as \`zstd\` does unless told otherwise. */
function zstd(text: string): Uint8Array {
  return zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

const SKIPPABLE = [0x53, 0x2a, 0x4d, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5];
const ZEROS = new Uint8Array(512);

const WHOLE: [string, Compression, Uint8Array<ArrayBuffer>, string][] = [
  ["a member", "gz", join(gzipSync(TEXT)), TEXT],
  ["no text", "gz", join(gzipSync("")), ""],
  ["two members", "gz", join(gzipSync(TEXT), gzipSync("end")), TEXT + "end"],
  ["zeros between", "gz", join(gzipSync(TEXT), ZEROS, gzipSync("end"), [0]), TEXT + "end"],
  ["zeros after", "gz", join(gzipSync(TEXT), ZEROS), TEXT],
  ["a frame", "zst", join(zstd(TEXT)), TEXT],
  ["no checksum", "zst", join(zstdCompressSync(TEXT)), TEXT],
  ["no text", "zst", join(zstd("")), ""],
  ["repeated bytes", "zst", join(zstd("a".repeat(1e6))), "a".repeat(1e6)],
  ["two frames", "zst", join(zstd(TEXT), zstd("end")), TEXT + "end"],
  ["frames to skip", "zst", join(SKIPPABLE, zstd(TEXT), SKIPPABLE, zstd("end")), TEXT + "end"],
];

Deno.test("decompress() gives the whole of a file, wherever chunks end", async () => {
  for (const [what, compression, bytes, text] of WHOLE) {
    for (const size of [1, 7, 512, 1e6]) {
      assert(await textOf(bytes, compression, size) === text, `${compression} ${what} ${size}`);
    }
    for (let cut = 1; cut < bytes.length; cut += Math.ceil(bytes.length / 40)) {
      const halves = async function* () {
        yield* chunks(bytes.slice(0, cut), cut);
        yield* chunks(bytes.slice(cut), bytes.length);
      };
      const parts = await Array.fromAsync(decompress(halves(), compression, "x"));
      assert(await new Blob(parts).text() === text, `${compression} ${what} cut at ${cut}`);
    }
  }
});

Deno.test("decompress() notices a flipped bit anywhere", async () => {
  for (
    const [compression, bytes] of [["gz", join(gzipSync(TEXT))], ["zst", join(zstd(TEXT))]] as const
  ) {
    for (let i = 0; i < 200; i++) {
      const bit = i * 2654435761 % (8 * bytes.length);
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      // Some bits, such as those of the time in gzip's header, say nothing of the text.
      const text = await textOf(flipped, compression).catch((error) => {
        assert(error instanceof DataError, `${error}`);
        return TEXT;
      });
      assertEquals(text, TEXT, `${compression} bit ${bit}`);
    }
  }
});

Deno.test("decompress() names the file when it is cut, damaged or goes on otherwise", async () => {
  const garbage = [...new TextEncoder().encode("garbage")];
  for (const compression of ["gz", "zst"] as const) {
    const whole = compression === "gz" ? join(gzipSync(TEXT)) : join(zstd(TEXT));
    const wrong = [
      new Uint8Array(0),
      ...[1, 5, 9, whole.length >> 1, whole.length - 1].map((length) => whole.slice(0, length)),
      join(whole, garbage),
      join(whole, whole.slice(0, 20)),
      join(whole, [10]),
      join(whole, ZEROS, garbage),
      join(garbage),
    ];
    for (const [i, bytes] of wrong.entries()) {
      await assertRejects(
        () => textOf(bytes, compression),
        DataError,
        "Cannot decompress the corpus x: it is truncated, damaged or no",
        `${compression} ${i}`,
      );
    }
  }
});

Deno.test("decompress() says what a zstd file needs that it does not get", async () => {
  const magic = [0x28, 0xb5, 0x2f, 0xfd];
  const cases: [number[], string][] = [
    [
      [...magic, 0x03, 0x58, 0x78, 0x56, 0x34, 0x12],
      "with a dictionary (id 305419896). Decompress it first",
    ],
    [[...magic, 0x00, 21 << 3], "it needs a window of 2048 MiB, and at most 128 are allowed"],
    [[...magic, 0xa0, 1, 0, 0, 0x10], "it needs a window of 257 MiB"],
  ];
  for (const [bytes, message] of cases) {
    await assertRejects(() => textOf(join(bytes), "zst"), DataError, message);
  }
});

Deno.test("decompress() passes on what went wrong with reading", async () => {
  async function* broken() {
    yield* chunks(join(gzipSync(TEXT)).slice(0, 500), 100);
    throw new DataError("The disk is gone.");
  }
  await assertRejects(
    () => Array.fromAsync(decompress(broken(), "gz", "x")),
    DataError,
    "The disk is gone.",
  );
});
