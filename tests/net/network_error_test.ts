/**
 * Failures of the network in words.
 *
 * @module
 */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DataError } from "../../lib/errors.ts";
import { explainNetworkError } from "../../lib/net/network_error.ts";
import { download } from "../../lib/net/download.ts";

/** An error as Deno's `fetch` throws it. */
function failed(reason: string): TypeError {
  const cause = new Error(
    `error sending request for url (http://host/x): client error (Connect): ${reason}`,
  );
  return new TypeError("fetch failed", { cause });
}

Deno.test("explainNetworkError() finds the reason that a runtime hides in the cause", () => {
  const dns = "dns error: failed to lookup address information: Name or service not known";
  const cases: [string, string, boolean][] = [
    [dns, `nobody knows the name host (${dns}); check the address`, true],
    ["tcp connect error: Connection refused (os error 111)", "host refuses the connection (", true],
    [
      "Requests to port 9 are blocked",
      "the port of host is one that belongs to other services (",
      true,
    ],
    ["tcp connect error: Network is unreachable (os error 101)", "no way leads to host (", true],
    ["invalid peer certificate: UnknownIssuer", "the certificate of host is not trusted", true],
    ["received corrupt message of type InvalidContentType", "host does not speak TLS", true],
    ["tunnel error: unsuccessful", "the proxy does not lead to host", true],
    ["proxy authentication required", "or name host in NO_PROXY", true],
    ["Connection reset by peer (os error 104)", "the connection to host broke off", false],
    ["connection closed before message completed", "the connection to host broke off", false],
    ["invalid HTTP version parsed", "host does not speak HTTP", false],
  ];
  for (const [said, words, unreachable] of cases) {
    const found = explainNetworkError(failed(said), "host");
    assertStringIncludes(found.reason, words);
    assertStringIncludes(found.reason, said);
    assertEquals(found.unreachable, unreachable, said);
  }
});

Deno.test("explainNetworkError() passes on what it does not know", () => {
  assertEquals(explainNetworkError(failed("odd"), "host"), { reason: "odd", unreachable: false });
  assertEquals(explainNetworkError("odd", "host"), { reason: "odd", unreachable: false });
});

Deno.test("download() names what keeps it from a server", async () => {
  const url = new URL("http://no-such-host.invalid/a");
  await assertRejects(
    () => download(url, "the file"),
    DataError,
    "Cannot read the file: nobody knows the name no-such-host.invalid (dns error",
  );
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const gone = `127.0.0.1:${listener.addr.port}`;
  listener.close();
  await assertRejects(
    () => download(new URL(`http://${gone}/a`), "the file"),
    DataError,
    `Cannot read the file: ${gone} refuses the connection (`,
  );
});
