/**
 * Tables.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { htmlTable, markdownTable, tableOf, textTable } from "../../tasks/figures/text_table.ts";

const ROWS = [
  { name: "a", value: 9.1234567, other: 1 },
  { name: "a", value: 123.456, other: null },
  { name: "b", value: 17, other: undefined },
];
const TABLE = tableOf(ROWS, [
  { head: "name", text: ({ name }) => name },
  { head: "value", number: ({ value }) => value },
  { head: "other", number: ({ other }) => other },
]);

Deno.test("tableOf() has the points of a column's numbers in a line", () => {
  assertEquals(
    textTable(TABLE),
    `name    value  other
a       9.123      1
a     123.456   none
b      17.000`,
  );
});

Deno.test("htmlTable() makes one cell of first cells that are alike", () => {
  assertEquals(
    htmlTable(TABLE),
    `<div class="table"><table>
<thead><tr><th>name</th><th>value</th><th>other</th></tr></thead>
<tbody>
<tr><th scope="row" rowspan="2">a</th><td>9.123</td><td>1</td></tr>
<tr><td>123.456</td><td>none</td></tr>
<tr><th scope="row">b</th><td>17.000</td><td></td></tr>
</tbody>
</table></div>`,
  );
});

Deno.test("markdownTable() has words to the left, and numbers to the right", () => {
  const table = { head: ["a", "value"], rows: [["one", "x | y"], ["b", "2"]] };
  assertEquals(
    markdownTable(table),
    `| a   |  value |
| --- | -----: |
| one | x \\| y |
| b   |      2 |
`,
  );
  assertEquals(
    markdownTable(table, "left"),
    `| a   | value  |
| --- | ------ |
| one | x \\| y |
| b   | 2      |
`,
  );
});
