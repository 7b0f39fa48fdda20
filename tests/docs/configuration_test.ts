import { assertEquals } from "@std/assert";
import { integer, nullable, oneOf, text } from "../../lib/schema/field.ts";
import type { AnySection } from "../../lib/schema/tree.ts";
import { configurationTables } from "../../tasks/docs/configuration.ts";

const train: AnySection = {
  doc: "Length.",
  keys: { numSteps: integer({ doc: "Steps.", min: 1, unit: "steps", fallback: 9 }) },
};

const schema: AnySection = {
  doc: "All.",
  keys: {
    name: text({ doc: "A name." }),
    train,
    source: {
      doc: "Where from.",
      kinds: {
        file: { doc: "Files.", keys: { path: text({ doc: "Which." }) } },
        none: { doc: "Nothing.", keys: {} },
      },
    },
    later: {
      doc: "A stage.",
      keys: {
        way: nullable(oneOf(["a", "b"]), { doc: "How | where.", fallback: null }),
        train,
      },
    },
    bounds: {
      doc: "Least values.",
      fallback: [],
      item: { doc: "One of them.", keys: { min: integer({ doc: "Least." }) } },
    },
  },
};

Deno.test("configurationTables() lists every key once, with its default, values and meaning", () => {
  assertEquals(
    configurationTables(schema).replaceAll(/ +(?=\|)/g, " ").replaceAll(/-{3,}/g, "-"),
    `## The run

All.

| Key | Default | Value | Meaning |
| - | - | - | - |
| \`name\` | required | text | A name. |
| \`source.kind\` | required | "file" or "none" | Where from. |
| \`bounds\` | \`[]\` | a list of mappings | Least values. |

## \`train\`

Length.

| Key | Default | Value | Meaning |
| - | - | - | - |
| \`train.numSteps\` | \`9\` | a whole number of steps, at least 1 | Steps. |

## \`source\` of kind \`file\`

Files.

| Key | Default | Value | Meaning |
| - | - | - | - |
| \`source.path\` | required | text | Which. |

## \`source\` of kind \`none\`

Nothing.

## \`later\`

A stage.

| Key | Default | Value | Meaning |
| - | - | - | - |
| \`later.way\` | \`null\` | "a" or "b", or null | How \\| where. |
| \`later.train.…\` | \`null\` | as in \`train\` | Length. |

## Each of \`bounds\`

One of them.

| Key | Default | Value | Meaning |
| - | - | - | - |
| \`min\` | required | an integer | Least. |`,
  );
});
