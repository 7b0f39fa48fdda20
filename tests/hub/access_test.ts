/**
 * The hub's address and the token for it.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../lib/errors.ts";
import { hubAccess } from "../../lib/hub/access.ts";

/** Sets variables while a test runs. */
function withEnvironment(variables: Record<string, string>, test: () => void): void {
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  try {
    for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
    test();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}

Deno.test("hubAccess() reads the environment, without blanks around what it says", () => {
  withEnvironment(
    { HF_ENDPOINT: " https://hub.test/hf/ \n", HF_TOKEN: "hf_aB9-._~+/=\r\n" },
    () => {
      assertEquals(hubAccess({}), { endpoint: "https://hub.test/hf", token: "hf_aB9-._~+/=" });
      const told = { endpoint: "http://127.0.0.1:8080", token: "other" };
      assertEquals(hubAccess(told), told);
    },
  );
  withEnvironment({ HF_ENDPOINT: "", HF_TOKEN: " \n" }, () => {
    assertEquals(hubAccess({}), { endpoint: "https://huggingface.co", token: undefined });
  });
});

Deno.test("hubAccess() names the variable whose token cannot be one, and not the token", () => {
  const cases: [string, string][] = [
    ["hf_abc…", '"…" at position 7'],
    ["“hf_abc”", '"“" at position 1'],
    ['"hf_abc"', '"\\"" at position 1'],
    ["hf_a bc", '" " at position 5'],
    ["hf_a\nbc", '"\\n" at position 5'],
    ["hf_a\u{1F600}", '"\u{1F600}" at position 5'],
    ["hf_ü", '"ü" at position 4'],
  ];
  for (const [token, found] of cases) {
    const message = `holds a character that no token has (${found}): copy it again, whole and ` +
      "without quotation marks.";
    withEnvironment({ HF_TOKEN: token }, () => {
      assertThrows(() => hubAccess({}), ConfigError, `HF_TOKEN ${message}`);
    });
    assertThrows(() => hubAccess({ token }), ConfigError, `The token ${message}`);
  }
});

Deno.test("hubAccess() names the variable that is no address", () => {
  for (
    const endpoint of [
      "huggingface.co",
      "http://",
      "https://[::",
      "ftp://hub.test",
      "file:///models",
      "https://hub.test/?a",
      "-",
    ]
  ) {
    withEnvironment({ HF_ENDPOINT: endpoint }, () => {
      assertThrows(
        () => hubAccess({}),
        ConfigError,
        "HF_ENDPOINT must be the address of a hub, such as https://huggingface.co, found " +
          `"${endpoint}".`,
      );
    });
  }
});
