/**
 * The doors: what they export is explained, and whoever can call a function can make its arguments.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { exists } from "../lib/system/exists.ts";
import { DOORS } from "./testing/doors.ts";
import { withFolder } from "./testing/folder.ts";
import { deno, ROOT } from "./testing/program.ts";

Deno.test("every symbol of a door has a doc comment, and every type that it names is behind a door", async () => {
  const { code, stdout, stderr } = await deno(["doc", "--lint", ...DOORS.values()]);
  assertEquals([code, (stdout + stderr).match(/^error.*/gm) ?? []], [0, []]);
});

Deno.test("deno task api writes a page for each door, and for each symbol of one", () =>
  withFolder(async (folder) => {
    const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
    // Of a checkout that is new there is no dist/.
    const command = tasks.api.command.replaceAll(/\bdist\b/g, `${folder}/dist`);
    const { code, stderr } = await deno(["task", "--eval", command]);
    assertEquals(code, 0, stderr);
    const pages = `${folder}/dist/api`;
    for (const [door, file] of DOORS) {
      assert(await exists(`${pages}/${door}/index.html`), door);
      for (const { name } of await symbolsOf(file)) {
        assert(await exists(`${pages}/${door}/~/${name}.html`), `${name} of ${door}`);
      }
    }
  }));

/** The part of the answer of `deno doc --json` that matters here. */
interface Documentation {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly DocumentedSymbol[] }>>;
}

/** A symbol of a door. */
interface DocumentedSymbol {
  readonly name: string;
  readonly declarations: readonly {
    readonly jsDoc?: { readonly tags?: readonly { readonly kind: string }[] };
  }[];
}

/** What a door exports. */
async function symbolsOf(file: string): Promise<DocumentedSymbol[]> {
  const { code, stdout, stderr } = await deno(["doc", "--json", file]);
  assertEquals(code, 0, stderr);
  const { nodes }: Documentation = JSON.parse(stdout);
  return Object.values(nodes).flatMap(({ symbols }) => symbols);
}

Deno.test("the small door is small, and every symbol of it has an example", async () => {
  const symbols = await symbolsOf(DOORS.get(".")!);
  assert(symbols.length > 30 && symbols.length <= 45, `${symbols.length} symbols`);
  const without = symbols.filter(({ declarations }) =>
    !declarations.some(({ jsDoc }) => jsDoc?.tags?.some(({ kind }) => kind === "example"))
  );
  assertEquals(without.map(({ name }) => name), []);
});

Deno.test("what is behind the doors has no errors of types in projects with Deno's own settings", () =>
  withFolder(async (folder) => {
    const doors = [...DOORS.values()].map((door) => `export * from "${ROOT}${door}";\n`);
    // Several doors export some names.
    const files = await Promise.all(doors.map(async (text, i) => {
      await Deno.writeTextFile(`${folder}/${i}.ts`, text);
      return `${i}.ts`;
    }));
    await Deno.writeTextFile(`${folder}/deno.json`, "{}");
    const { code, stderr } = await deno(["check", "--quiet", ...files], { cwd: folder });
    assertEquals([code, stderr], [0, ""]);
  }));

Deno.test("the names of the doors work in a project that links a checkout, as docs/api.md says", () =>
  withFolder(async (folder) => {
    const docs = await Deno.readTextFile(`${ROOT}docs/api.md`);
    const [, json] = /```json\n(\{[^]*?"links"[^]*?)```/.exec(docs)!;
    assert(json!.includes('"../flm"'));
    await Deno.writeTextFile(`${folder}/deno.json`, json!.replace("../flm", ROOT));
    await Deno.copyFile(`${ROOT}examples/own_op.ts`, `${folder}/own_op.ts`);
    const { code, stdout, stderr } = await deno(["run", "-A", "--check", "own_op.ts"], {
      cwd: folder,
    });
    assertEquals(code, 0, stderr);
    assert(stdout.startsWith("largest errors of output and gradient"), stdout);
  }));
