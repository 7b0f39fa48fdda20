import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DataError, FlmError } from "../../lib/errors.ts";
import {
  explainSystemError,
  systemCode,
  whileReading,
  whileWriting,
} from "../../lib/system/system_error.ts";
import { withFolder } from "../testing/folder.ts";

const onLinux = Deno.build.os === "linux";

/** An error as Deno throws it for a code of the system. */
function failed(code: string): Error {
  return Object.assign(new Error(`told so (os error: ${code})`), { code });
}

Deno.test({
  name: "whileWriting() says that the disk is full when it is",
  ignore: !onLinux,
  async fn() {
    // A device that is always full.
    using file = await Deno.open("/dev/full", { write: true });
    const error = await assertRejects(
      () => whileWriting("runs/model.safetensors", file.write(new Uint8Array(1))),
      FlmError,
      "Cannot write runs/model.safetensors: the disk is full",
    );
    assert(error.cause instanceof Error);
  },
});

Deno.test({
  name: "whileReading() says what stands in the way, in the class of the reader",
  ignore: !onLinux,
  async fn() {
    await withFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/file`, "text");
      await Deno.symlink("loop", `${folder}/loop`);
      const cases = {
        "missing": "there is no such file",
        ".": "it is a folder",
        "file/below": "a file is where a folder should be",
        "loop": "symbolic links lead in a circle",
        ["x".repeat(300)]: "its name is too long",
      };
      for (const [name, reason] of Object.entries(cases)) {
        const path = `${folder}/${name}`;
        await assertRejects(
          () => whileReading(path, Deno.readTextFile(path), DataError),
          DataError,
          `Cannot read ${path}: ${reason}`,
        );
      }
    });
  },
});

Deno.test("whileReading() says where it looked for a path that has no folder", async () => {
  const read = (path: string) => () => whileReading(path, Deno.readTextFile(path), DataError);
  const error = await assertRejects(read("missing/file"), DataError, "Cannot read missing/file: ");
  assert(error.message.endsWith(` (looked for ${Deno.cwd()}/missing/file)`), error.message);
  const whole = await assertRejects(read("/missing/file"), DataError);
  assert(!whole.message.includes("looked for"), whole.message);
});

Deno.test("explainSystemError() has words for every code, its own or the system's", () => {
  for (const code of ["EMFILE", "EIO", "EDQUOT", "EROFS", "ESTALE"]) {
    const error = explainSystemError("read", "a/b", failed(code));
    assert(error instanceof FlmError, code);
    assert(!error.message.includes("told so"), error.message);
  }
  // Nobody's permissions help where a disk is read-only.
  const fixed = explainSystemError("write", "a/b", failed("EROFS")) as Error;
  assertMatch(fixed.message, /^Cannot write a\/b: its disk may only be read; choose a path on/);
  const error = explainSystemError("write", "a/b", failed("EWEIRD"));
  assertMatch((error as Error).message, /Cannot write a\/b: the system says "told so/);
});

Deno.test("explainSystemError() names the permission that a writer lacks, passes a reader's on", () => {
  const denied = new Deno.errors.NotCapable("Requires write access");
  const error = explainSystemError("write", "a/b", denied);
  assert(error instanceof FlmError);
  assertMatch(
    error.message,
    /Cannot write a\/b: the program has no write access there.*--allow-write=FOLDER/,
  );
  assertEquals(explainSystemError("read", "a/b", denied), denied);
});

Deno.test("explainSystemError() gives back errors of other kinds", () => {
  for (const error of [new FlmError("mine"), new TypeError("bug"), "text"]) {
    assertEquals(explainSystemError("write", "path", error), error);
  }
});

Deno.test("systemCode() knows the system's errors from others", () => {
  assertEquals(systemCode(failed("ENOSPC")), "ENOSPC");
  assertEquals(systemCode(new Deno.errors.NotFound("without a code")), "ENOENT");
  assertEquals(systemCode(Object.assign(new Error("node"), { code: "ERR_X" })), null);
  assertEquals(systemCode(new TypeError("bug")), null);
});

Deno.test("systemCode() knows errors that Deno gives no code", () => {
  const busy = new Error("Text file busy (os error 26): open 'a'");
  assertEquals(systemCode(busy), "ETXTBSY");
  const explained = explainSystemError("write", "a", busy);
  assert(explained instanceof FlmError);
  assertMatch(explained.message, /^Cannot write a: it is a program that runs/);
  assertEquals(systemCode(explained), null, "it is in words");
  assertEquals(systemCode(new Error("File too large (os error 27)")), "EFBIG");
  const unknown = new Error("Structure needs cleaning (os error 117)");
  assertEquals(systemCode(unknown), "E117");
  const told = explainSystemError("read", "a", unknown) as Error;
  assertMatch(told.message, /^Cannot read a: the system says "Structure needs cleaning/);
});
