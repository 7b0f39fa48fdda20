/**
 * What run folders remember of jobs.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  readRecords,
  RECORDS_FILE,
  removeRecordLeftovers,
  writeRecord,
} from "../../tasks/reproduce/records.ts";
import { withFolder } from "../testing/folder.ts";

const names = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();

Deno.test("removeRecordLeftovers() takes away what a killed program left of writing records", () =>
  withFolder(async (folder) => {
    const record = { hash: "h", inputs: { seed: 1 }, seconds: 2 };
    await writeRecord(folder, "train", record);
    const [half, other] = [`.${RECORDS_FILE}.0123456789ab.tmp`, ".latest.json.0123456789ab.tmp"];
    for (const name of [half, other]) await Deno.writeTextFile(`${folder}/${name}`, "{");
    await removeRecordLeftovers(folder);
    assertEquals(await names(folder), [other, RECORDS_FILE]);
    assertEquals(await readRecords(folder), { train: record });
  }));
