/**
 * Paths and addresses.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { CheckpointError, DataError } from "../../lib/errors.ts";
import {
  addressOf,
  joinLocation,
  requireFolderName,
  shownAddress,
} from "../../lib/system/location.ts";

Deno.test("addressOf() tells addresses from paths, and from what only begins as one", () => {
  for (const path of ["a/b.txt", "/a", "http:/a", "a://b", "C:\\a", "http%3A//a"]) {
    assertEquals(addressOf(path), null, path);
  }
  for (const url of ["http://a/b", "HTTPS://a:8/b?c#d", "file:///a%", "http://[::1]/"]) {
    assertEquals(addressOf(url)?.href, new URL(url).href);
  }
  for (
    const url of [
      ...["http://[::/a", "https://a b/c", "http://a:99999/b", "http://", "file:///%ff"],
      ...["s3://a/b.txt", "hf://datasets/a/b", "ftp://a/b"],
    ]
  ) {
    assertThrows(
      () => addressOf(url, CheckpointError),
      CheckpointError,
      `${url} is not an address that is read here: expected http(s)://HOST/PATH or file:///PATH`,
    );
  }
});

Deno.test("joinLocation() joins paths and addresses, whose queries stay", () => {
  assertEquals(joinLocation("a//", "b"), "a/b");
  assertEquals(joinLocation("http://a/b/?token=c", "d/e"), "http://a/b/d/e?token=c");
  assertThrows(() => joinLocation("http://[::", "b"), DataError, "is not an address");
});

Deno.test("shownAddress() keeps secrets to itself, and shows the beginning of what is very long", () => {
  assertEquals(shownAddress(new URL("https://me:key@a:8/b%20c?token=x#y")), "https://a:8/b%20c");
  const shown = shownAddress(new URL(`https://a/${"b".repeat(5000)}`));
  assertEquals(shown, `https://a/${"b".repeat(487)}...`);
});

Deno.test("requireFolderName() takes names, and no nothing, which would be the root", () => {
  for (const folder of [".", "runs/a", "/", "http://host/runs"]) {
    requireFolderName(folder, "a folder", DataError);
  }
  const cases: [unknown, string][] = [
    [undefined, "Expected a folder as text, a path, found nothing."],
    ["", 'Expected a folder as text, a path, found "" ("." is the current one).'],
    [" ", 'Expected a folder as text, a path, found " " ("." is the current one).'],
    [5, "Expected a folder as text, a path, found 5."],
  ];
  for (const [folder, message] of cases) {
    assertThrows(() => requireFolderName(folder, "a folder", DataError), DataError, message);
  }
});
