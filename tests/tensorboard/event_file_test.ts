import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FlmError } from "../../lib/errors.ts";
import { crc32c } from "../../lib/tensorboard/crc32c.ts";
import { EventFile } from "../../lib/tensorboard/event_file.ts";
import { frameRecord } from "../../lib/tensorboard/record.ts";
import { withFolder } from "../testing/folder.ts";
import { readEvents, readRecords } from "../testing/tensorboard.ts";

const namesIn = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();

/** All events of a folder, in the order in which readers take its files. */
async function eventsIn(folder: string) {
  const events = [];
  for (const name of await namesIn(folder)) {
    events.push(...readEvents(await Deno.readFile(`${folder}/${name}`)));
  }
  return events;
}

Deno.test("crc32c() is that of RFC 3720 and of the usual check", () => {
  assertEquals(crc32c(new TextEncoder().encode("123456789")), 0xe3069283);
  assertEquals(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assertEquals(crc32c(new Uint8Array(32).fill(255)), 0x62a8ab43);
  assertEquals(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
  assertEquals(crc32c(new Uint8Array()), 0);
});

Deno.test("frameRecord() makes records that another reader takes, and damage is seen", () => {
  const data = [0, 1, 7, 300].map((length) => Uint8Array.from({ length }, (_, i) => 17 * i));
  const file = new Uint8Array(data.flatMap((each) => [...frameRecord(each)]));
  assertEquals(readRecords(file).map((each) => [...each]), data.map((each) => [...each]));
  file[file.length - 10]! ^= 1;
  assertThrows(() => readRecords(file), Error, "checksum");
});

Deno.test("EventFile writes events that another reader takes, at once", () =>
  withFolder(async (folder) => {
    const step = 2 ** 33 + 300;
    using events = await EventFile.open(`${folder}/in/it`, { firstStep: 0, now: () => 1_700_500 });
    events.write(10, { scalars: { "train/loss": 2.5, "train/lr": NaN } });
    events.write(step, {
      texts: { samples: ["a\nb", "", "naïve — 文"] },
      scalars: { x: Infinity },
    });
    const read = await eventsIn(`${folder}/in/it`);
    assertEquals(read.map(({ wallTime }) => wallTime), read.map(() => 1700.5));
    assertEquals(read.map(({ wallTime: _, ...rest }) => rest), [
      { fileVersion: "brain.Event:2", scalars: {}, texts: {} },
      { session: 1, step: 0, scalars: {}, texts: {} },
      { step: 10, scalars: { "train/loss": 2.5, "train/lr": NaN }, texts: {} },
      { step, scalars: { x: Infinity }, texts: { samples: ["a\nb", "", "naïve — 文"] } },
    ]);
  }));

Deno.test("EventFile.open() begins a file behind all others, and says what they show in vain", () =>
  withFolder(async (folder) => {
    const sittings = [[1_700_000_000, 0], [1_700_000_000, 7], [1_700_000_009, 4]];
    // The clock was set back before the last.
    for (const [seconds, firstStep] of [...sittings, [1_600_000_000, 3]]) {
      const now = () => 1000 * seconds!;
      using events = await EventFile.open(folder, { firstStep: firstStep!, now });
      events.write(firstStep! + 1, { scalars: { first: firstStep! } });
    }
    assertEquals(await namesIn(folder), [
      "events.out.tfevents.1700000000.flm.000",
      "events.out.tfevents.1700000000.flm.001",
      "events.out.tfevents.1700000009.flm.000",
      "events.out.tfevents.1700000009.flm.001",
    ]);
    const events = await eventsIn(folder);
    // As TensorBoard does it: a START takes away what came before at its step and later.
    const shown: number[] = [];
    for (const { session, step, scalars } of events) {
      if (session === 1) { while (shown.length > 0 && shown.at(-1)! >= step!) shown.pop(); }
      if ("first" in scalars) shown.push(step!);
    }
    assertEquals(shown, [1, 4]);
    assert(events.length === 12);
  }));

Deno.test("EventFile.open() says what is in the way", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/tensorboard`, "");
    await assertRejects(
      () => EventFile.open(`${folder}/tensorboard`, { firstStep: 0 }),
      FlmError,
      "tensorboard",
    );
  }));
