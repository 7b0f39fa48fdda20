/**
 * Tests of reading and writing safetensors files.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CheckpointError } from "../../lib/errors.ts";
import { memorySource } from "../../lib/io/byte_source.ts";
import type { DType } from "../../lib/safetensors/dtype.ts";
import { SafetensorsFile } from "../../lib/safetensors/reader.ts";
import { writeSafetensors } from "../../lib/safetensors/writer.ts";
import { withFolder } from "../testing/folder.ts";

/** A file image: length, header, data. */
function image(header: string | Uint8Array, data: ArrayBufferView = new Uint8Array(0)): Uint8Array {
  const json = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + json.length + data.byteLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 8 + json.length);
  return bytes;
}

/** Opens an image as the file "x.safetensors". */
function openImage(bytes: Uint8Array): Promise<SafetensorsFile> {
  return SafetensorsFile.open(memorySource(bytes, "x.safetensors", CheckpointError));
}

/** An image of one tensor named "a". */
function single(dtype: string, shape: number[], data: ArrayBufferView): Uint8Array {
  const entry = { dtype, shape, data_offsets: [0, data.byteLength] };
  return image(JSON.stringify({ a: entry }), data);
}

Deno.test("SafetensorsFile reads files that Python wrote", async () => {
  const description = JSON.parse(await Deno.readTextFile("tests/golden/tiny_weights_flm.json"));
  using file = await SafetensorsFile.open("tests/golden/tiny_weights_flm.safetensors");
  assertEquals(new Set(file.tensors.keys()), new Set(Object.keys(description.tensors)));
  for (
    const [name, { shape, max_abs }] of Object.entries<{ shape: number[]; max_abs: number }>(
      description.tensors,
    )
  ) {
    assertEquals(file.info(name, shape).dtype, "F32");
    const values = await file.read(name, "f64");
    const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    assert(Math.abs(largest - max_abs) <= 1e-6 * max_abs, `${name}: ${largest}`);
  }
});

Deno.test("SafetensorsFile reads tensors over http", async () => {
  const bytes = single("F32", [3], new Float32Array([1, 2, 3]));
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(bytes.slice()),
  );
  try {
    using file = await SafetensorsFile.open(`http://127.0.0.1:${server.addr.port}/m.safetensors`);
    assertEquals(await file.read("a"), new Float32Array([1, 2, 3]));
  } finally {
    await server.shutdown();
  }
});

Deno.test("SafetensorsFile.read() decodes every floating-point type", async () => {
  // 1, -2, 1.5, the smallest subnormal half, infinity.
  const half = new Uint16Array([0x3c00, 0xc000, 0x3e00, 0x0001, 0x7c00]);
  // 1, -2, 1.5, 2^-126, infinity.
  const brain = new Uint16Array([0x3f80, 0xc000, 0x3fc0, 0x0080, 0x7f80]);
  const cases: [DType, ArrayBufferView, number[]][] = [
    ["F16", half, [1, -2, 1.5, 2 ** -24, Infinity]],
    ["BF16", brain, [1, -2, 1.5, 2 ** -126, Infinity]],
    ["F32", new Float32Array([1, -2, 0.1]), [1, -2, Math.fround(0.1)]],
    ["F64", new Float64Array([1, -2, 0.1]), [1, -2, 0.1]],
  ];
  for (const [dtype, data, expected] of cases) {
    const file = await openImage(single(dtype, [expected.length], data));
    assertEquals(await file.read("a"), new Float32Array(expected), dtype);
    assertEquals(await file.read("a", "f64"), new Float64Array(expected), dtype);
    assertEquals(await file.read("a", "f16"), new Float16Array(expected), dtype);
    await assertRejects(() => file.read("a", "i32"), CheckpointError, `its type is ${dtype}`);
  }
});

Deno.test("SafetensorsFile.read() decodes every integer type", async () => {
  const cases: [DType, ArrayBufferView, number[]][] = [
    ["I64", new BigInt64Array([1n, -(2n ** 31n)]), [1, -(2 ** 31)]],
    ["U64", new BigUint64Array([1n, 2n ** 31n - 1n]), [1, 2 ** 31 - 1]],
    ["I32", new Int32Array([1, -2]), [1, -2]],
    ["U32", new Uint32Array([1, 7]), [1, 7]],
    ["I16", new Int16Array([1, -2]), [1, -2]],
    ["U16", new Uint16Array([1, 65535]), [1, 65535]],
    ["I8", new Int8Array([1, -2]), [1, -2]],
    ["U8", new Uint8Array([1, 255]), [1, 255]],
    ["BOOL", new Uint8Array([1, 0]), [1, 0]],
  ];
  for (const [dtype, data, expected] of cases) {
    const file = await openImage(single(dtype, [2], data));
    assertEquals(await file.read("a", "i32"), new Int32Array(expected), dtype);
    await assertRejects(
      () => file.read("a"),
      CheckpointError,
      `Cannot read tensor "a" of x.safetensors: its type is ${dtype}`,
    );
  }
});

Deno.test("SafetensorsFile.read() throws when an integer does not fit 32 bits", async () => {
  const cases: [DType, ArrayBufferView][] = [
    ["I64", new BigInt64Array([0n, 2n ** 31n])],
    ["U64", new BigUint64Array([0n, 2n ** 63n])],
    ["U32", new Uint32Array([0, 2 ** 31])],
  ];
  for (const [dtype, data] of cases) {
    const file = await openImage(single(dtype, [2], data));
    await assertRejects(() => file.read("a", "i32"), CheckpointError, "does not fit");
  }
});

Deno.test("SafetensorsFile.read() throws when the type is known but cannot be decoded", async () => {
  const file = await openImage(single("F8_E4M3", [2], new Uint8Array([3, 4])));
  await assertRejects(() => file.read("a"), CheckpointError, "its type is F8_E4M3");
  const raw = new Uint8Array(1);
  await file.readBytes("a", 1, raw);
  assertEquals(raw, new Uint8Array([4]));
});

Deno.test("SafetensorsFile reads rows, ranges, pieces and bytes", async () => {
  for (const dtype of ["F32", "F64"] as const) {
    const values = Array.from({ length: 24 }, (_, i) => i);
    const data = dtype === "F32" ? new Float32Array(values) : new Float64Array(values);
    const file = await openImage(single(dtype, [4, 3, 2], data));
    assertEquals(Array.from(await file.readRows("a", 1, 2)), values.slice(6, 18));
    assertEquals(Array.from(await file.readRange("a", 5, 3)), [5, 6, 7]);
    assertEquals((await file.readRange("a", 24, 0)).length, 0);
    const pieces: [number, number[]][] = [];
    for await (const { start, values } of file.pieces("a", 10)) {
      pieces.push([start, Array.from(values)]);
    }
    assertEquals(pieces, [
      [0, values.slice(0, 10)],
      [10, values.slice(10, 20)],
      [20, values.slice(20)],
    ]);
    await assertRejects(() => Array.fromAsync(file.pieces("a", 0)), RangeError, "pieces of 0");
    const bytes = new Uint8Array(data.BYTES_PER_ELEMENT);
    await file.readBytes("a", data.BYTES_PER_ELEMENT * 7, bytes);
    assertEquals(bytes, new Uint8Array(data.slice(7, 8).buffer));
    await assertRejects(() => file.readRows("a", 3, 2), CheckpointError, "elements 18 to 30");
    await assertRejects(() => file.readRange("a", -1, 2), CheckpointError, "elements -1 to 1");
    await assertRejects(
      () => file.readBytes("a", data.byteLength, bytes),
      CheckpointError,
      `it has ${data.byteLength}`,
    );
  }
});

Deno.test("SafetensorsFile reads a converted tensor that is longer than its buffer", async () => {
  const length = (1 << 20) + 5;
  const data = Uint16Array.from({ length }, (_, i) => i);
  const values = await (await openImage(single("U16", [length], data))).read("a", "i32");
  assert(values.every((value, i) => value === (i & 0xffff)));
});

Deno.test("SafetensorsFile.info() throws when the tensor is missing or of another shape", async () => {
  const file = await openImage(single("F32", [2, 3], new Float32Array(6)));
  assertEquals(file.info("a", [2, 3]).numElements, 6);
  assertThrows(() => file.info("b"), CheckpointError, 'tensor "b" of x.safetensors: the file has');
  for (const shape of [[3, 2], [6], [2, 3, 1]]) {
    assertThrows(
      () => file.info("a", shape),
      CheckpointError,
      `its shape is [2,3], but [${shape}] was expected`,
    );
  }
});

Deno.test("SafetensorsFile.open() throws when the file is truncated anywhere", async () => {
  const whole = single("F32", [2], new Float32Array(2));
  for (const length of [0, 7, 8, 20, whole.length - 1]) {
    await assertRejects(
      () => openImage(whole.slice(0, length)),
      CheckpointError,
      "x.safetensors",
      `${length} bytes`,
    );
  }
  await assertRejects(
    () => openImage(whole.slice(0, whole.length - 1)),
    CheckpointError,
    'tensor "a" ends at byte',
  );
});

Deno.test("SafetensorsFile.open() throws when the header is damaged", async () => {
  const eight = new Uint8Array(8);
  const entry = (dtype: unknown, shape: unknown, offsets: unknown) =>
    JSON.stringify({ a: { dtype, shape, data_offsets: offsets } });
  const two = (first: number[], second: number[]) =>
    JSON.stringify({
      a: { dtype: "U8", shape: [first[1]! - first[0]!], data_offsets: first },
      b: { dtype: "U8", shape: [second[1]! - second[0]!], data_offsets: second },
    });
  const cases: [Uint8Array, string][] = [
    [new Uint8Array(16).fill(0xff), "not a safetensors file"],
    [image("{not json"), "not JSON"],
    [image(new Uint8Array([0x7b, 0xff, 0x7d])), "not JSON"],
    [image("[1]"), "not a JSON object"],
    [image('{"__metadata__":{"a":1}}'), "__metadata__ should map text to text"],
    [image('{"a":3}'), 'tensor "a" is not described'],
    [image(entry("F31", [2], [0, 8]), eight), 'unknown element type "F31"'],
    [image(entry("F32", [-2], [0, 8]), eight), "impossible shape [-2]"],
    [image(entry("F32", [1.5], [0, 8]), eight), "impossible shape [1.5]"],
    [image(entry("F32", "2", [0, 8]), eight), 'impossible shape "2"'],
    [image(entry("F32", [2 ** 40, 2 ** 40], [0, 8]), eight), "impossible shape"],
    [image(entry("F32", [2], [8, 0]), eight), "impossible offsets [8,0]"],
    [image(entry("F32", [2], [-8, 0]), eight), "impossible offsets [-8,0]"],
    [image(entry("F32", [2], [0]), eight), "impossible offsets [0]"],
    [image(entry("F32", [3], [0, 8]), eight), "has 8 bytes, but F32 of shape [3] takes 12"],
    [image(entry("F32", [2], [4, 12]), new Uint8Array(12)), "follows 4 bytes of no tensor"],
    [image(entry("F32", [1], [0, 4]), eight), "4 bytes follow the last tensor"],
    [image(two([0, 5], [3, 8]), eight), 'tensor "b" overlaps'],
    [image(two([0, 3], [5, 8]), eight), 'tensor "b" follows 2 bytes'],
    [image(two([0, 4], [4, 9]), eight), 'tensor "b" ends at byte'],
  ];
  for (const [bytes, message] of cases) {
    const error = await assertRejects(() => openImage(bytes), CheckpointError, message);
    assert(error.message.includes("x.safetensors"), error.message);
  }
});

Deno.test("SafetensorsFile.open() shows no more than a part of what is wrong", async () => {
  const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
  const long = "x".repeat(50_000);
  const ones = Array(50_000).fill(1);
  const headers = [
    `{"a":{"dtype":"U8","shape":${deep},"data_offsets":[0,0]}}`,
    `{"a":{"dtype":${deep},"shape":[],"data_offsets":[0,0]}}`,
    `{"a":{"dtype":"U8","shape":[],"data_offsets":${deep}}}`,
    JSON.stringify({ a: { dtype: long, shape: [], data_offsets: [0, 1] } }),
    JSON.stringify({ a: { dtype: "U8", shape: ones, data_offsets: [0, 2] } }),
    JSON.stringify({ [long]: { dtype: "U8", shape: [2], data_offsets: [0, 1] } }),
    JSON.stringify({ [long]: { dtype: "U8", shape: [1], data_offsets: [3, 4] } }),
    JSON.stringify({ [long]: { dtype: "U8", shape: [1], data_offsets: [0, 1] } }),
  ];
  for (const header of headers) {
    const { message } = await assertRejects(() => openImage(image(header)), CheckpointError);
    assert(message.length < 300, `${message.length} characters: ${message.slice(0, 300)}`);
  }
});

Deno.test("SafetensorsFile.open() accepts scalars, empty tensors and an empty file", async () => {
  const header = JSON.stringify({
    scalar: { dtype: "F32", shape: [], data_offsets: [0, 4] },
    empty: { dtype: "F32", shape: [0, 5], data_offsets: [4, 4] },
    first: { dtype: "F32", shape: [0], data_offsets: [0, 0] },
  });
  const file = await openImage(image(header + "   ", new Float32Array([7])));
  assertEquals(await file.read("scalar"), new Float32Array([7]));
  assertEquals((await file.read("empty")).length, 0);
  assertEquals((await openImage(image("{}"))).tensors.size, 0);
});

Deno.test("writeSafetensors() writes what SafetensorsFile reads, in pieces", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/model.safetensors`;
    const weight = Float32Array.from({ length: 12 }, (_, i) => i / 3);
    const data: Record<string, Float32Array | Uint8Array | Float64Array> = {
      mask: new Uint8Array([1, 0, 1]),
      weight,
      __proto__x: new Float64Array([0.1]),
    };
    const asked: string[] = [];
    await writeSafetensors(
      path,
      [
        { name: "mask", dtype: "U8", shape: [3] },
        { name: "weight", dtype: "F32", shape: [4, 3] },
        { name: "__proto__x", dtype: "F64", shape: [1] },
        { name: "pieces", dtype: "F32", shape: [12] },
        { name: "stream", dtype: "F32", shape: [2] },
      ],
      ({ name }) => {
        asked.push(name);
        if (name === "pieces") return [weight.subarray(0, 5), weight.subarray(5)];
        if (name === "stream") {
          return (async function* () {
            yield await Promise.resolve(new Float32Array([8]));
            yield new Float32Array([9]);
          })();
        }
        return data[name]!;
      },
      { format: "pt", step: "10" },
    );
    // Widest elements first.
    assertEquals(asked, ["__proto__x", "weight", "pieces", "stream", "mask"]);
    using file = await SafetensorsFile.open(path);
    assertEquals(file.metadata, { format: "pt", step: "10" });
    assertEquals(Array.from(file.tensors.keys()), asked);
    assertEquals(await file.read("weight"), weight);
    assertEquals(await file.read("pieces"), weight);
    assertEquals(await file.read("stream"), new Float32Array([8, 9]));
    assertEquals(await file.read("mask", "i32"), new Int32Array([1, 0, 1]));
    assertEquals(await file.read("__proto__x", "f64"), new Float64Array([0.1]));
    for (const { byteOffset } of file.tensors.values()) {
      assert(byteOffset % 4 === 0, `offset ${byteOffset}`);
    }
  });
});

Deno.test("writeSafetensors() writes the standard layout, byte for byte", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.safetensors`;
    await writeSafetensors(
      path,
      [{ name: "a", dtype: "F32", shape: [1] }],
      () => new Float32Array([1]),
    );
    const json = '{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1],' +
      '"data_offsets":[0,4]}}';
    const padded = json.padEnd(Math.ceil(json.length / 8) * 8, " ");
    assertEquals(
      await Deno.readFile(path),
      image(padded, new Uint8Array([0, 0, 0x80, 0x3f])),
    );
  });
});

Deno.test("writeSafetensors() leaves the old file when the bytes do not fit the shape", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.safetensors`;
    const specs = [{ name: "a", dtype: "F32", shape: [2] }] as const;
    await writeSafetensors(path, specs, () => new Float32Array([1, 2]));
    for (const length of [1, 3]) {
      await assertRejects(
        () => writeSafetensors(path, specs, () => new Float32Array(length)),
        CheckpointError,
        `${path}: tensor "a", F32 of shape [2], takes 8 bytes, but ${4 * length} were given`,
      );
    }
    using file = await SafetensorsFile.open(path);
    assertEquals(await file.read("a"), new Float32Array([1, 2]));
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["a.safetensors"]);
  });
});

Deno.test("writeSafetensors() throws when a name is taken or a shape impossible", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.safetensors`;
    const one = { name: "a", dtype: "F32", shape: [1] } as const;
    const bad = [
      [one, one],
      [{ ...one, name: "__metadata__" }],
      [{ ...one, shape: [-1] }],
      [{ ...one, shape: [0.5] }],
    ];
    for (const specs of bad) {
      await assertRejects(
        () => writeSafetensors(path, specs, () => new Float32Array(1)),
        CheckpointError,
        `Cannot write ${path}: tensor "${specs[0]!.name}"`,
      );
    }
    assertEquals(Array.from(Deno.readDirSync(folder)), []);
  });
});
