/**
 * Tests of packing, against the golden values of the reference.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import {
  BlockPacker,
  createPacker,
  fillerOf,
  PACKINGS,
  REFERENCE_BATCH_TEXTS,
} from "../../../lib/data/shards/packing.ts";
import { DataError } from "../../../lib/errors.ts";
import golden from "../../golden/group_texts.json" with { type: "json" };

for (const { name, documents, block_size, bos, eos, input_ids } of golden.cases) {
  Deno.test(`BlockPacker packs as the reference when given ${name}`, () => {
    for (const packing of ["stream", "reference"] as const) {
      const packer = new BlockPacker({ length: block_size, bosId: bos, eosId: eos, packing });
      const blocks = documents.flatMap((tokens: number[]) => packer.push(tokens));
      assertEquals(blocks.map((block) => [...block]), input_ids);
    }
  });
}

Deno.test("BlockPacker ends every text with an EOS", () => {
  const packer = new BlockPacker({ length: 5, bosId: 0, eosId: 1 });
  const blocks = [[7], [8, 9, 10], [], [11]].flatMap((tokens) => [
    ...packer.push(tokens),
    ...packer.endText(),
  ]);
  assertEquals(blocks.map((block) => [...block]), [[0, 7, 1, 8, 1], [0, 9, 10, 1, 1], [
    0,
    1,
    11,
    1,
    1,
  ]]);
});

Deno.test("BlockPacker gives the same blocks however the tokens are cut", () => {
  const tokens = Array.from({ length: 100 }, (_, i) => i + 2);
  const whole = new BlockPacker({ length: 7, bosId: 0, eosId: 1 }).push(tokens);
  assertEquals(whole.length, 20);
  for (const size of [1, 3, 5, 99]) {
    const packer = new BlockPacker({ length: 7, bosId: 0, eosId: 1 });
    const blocks: Uint32Array[] = [];
    for (let i = 0; i < 100; i += size) blocks.push(...packer.push(tokens.slice(i, i + size)));
    assertEquals(blocks, whole, `pieces of ${size}`);
  }
});

Deno.test("BlockPacker drops the remainder of every 1000 texts when packing as the reference", () => {
  const pack = (packing: "stream" | "reference") => {
    const packer = new BlockPacker({ length: 5, bosId: 0, eosId: 1, packing });
    const blocks: Uint32Array[] = [];
    for (let text = 0; text < 2 * REFERENCE_BATCH_TEXTS; text++) {
      blocks.push(...packer.push([text + 2]), ...packer.endText());
    }
    return blocks;
  };
  // 2000 tokens make 666 blocks of three and leave two.
  assertEquals(pack("stream").length, 1333);
  const blocks = pack("reference");
  assertEquals(blocks.length, 2 * 666);
  assertEquals([...blocks[665]!], [0, 1, 1000, 1, 1]);
  assertEquals([...blocks[666]!], [0, 1002, 1, 1003, 1]);
});

Deno.test("BlockPacker throws when a block has no room for tokens", () => {
  for (const length of [2, 0, 4.5]) {
    const make = () => new BlockPacker({ length, bosId: 0, eosId: 1 });
    assertThrows(make, DataError, `length ${length}`);
  }
});

Deno.test("TextPacker makes each text a block, however its tokens are cut", () => {
  const packer = createPacker({ length: 3, bosId: 0, eosId: 1, packing: "unwrapped" });
  const blocks = [[[7, 8, 9]], [[1], [], [2, 3]]].flatMap((pieces) => [
    ...pieces.flatMap((tokens) => packer.push(tokens)),
    ...packer.endText(),
  ]);
  assertEquals(blocks.map((block) => [...block]), [[7, 8, 9], [1, 2, 3]]);
});

Deno.test("TextPacker throws when a text has another length than a block", () => {
  for (const tokens of [[7], [7, 8, 9, 10], []]) {
    const packer = createPacker({ length: 3, bosId: 0, eosId: 1, packing: "unwrapped" });
    packer.push([4, 5, 6]);
    packer.endText();
    packer.push(tokens);
    assertThrows(
      () => packer.endText(),
      DataError,
      `text 2 (of those with tokens): it has ${tokens.length} tokens`,
    );
  }
});

Deno.test("fillerOf() is the padding of padded blocks alone", () => {
  assertEquals(PACKINGS.map((packing) => fillerOf(packing, { padId: 7 })), [null, null, null, 7]);
});
