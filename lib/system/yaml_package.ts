/**
 * The package that reads and writes YAML.
 *
 * @module
 */

import { FlmError, isPermissionDenied, messageOf } from "../errors.ts";
import { importPackage } from "./packages.ts";

const PACKAGE = "npm:js-yaml@5.5.0";

/** What is used of `js-yaml`. */
interface Yaml {
  /** The values of a text's documents. @throws {YamlError} if it is no YAML. */
  loadAll(text: string): unknown[];
  /** A value as a document. */
  dump(value: unknown, options: { lineWidth: number }): string;
}

/** What is wrong with a text. */
export interface YamlError extends Error {
  readonly name: "YAMLException";
  /** In words, without the place. */
  readonly reason: string;
  /** Where the parser could not go on, counted from 0. */
  readonly mark?: { readonly line: number; readonly column: number };
}

/** Whether an error says that a text is no YAML. */
export function isYamlError(error: unknown): error is YamlError {
  return error instanceof Error && error.name === "YAMLException";
}

/**
 * Loads it, when it is first used.
 *
 * @throws {FlmError} if it cannot be had.
 */
export async function yamlPackage(): Promise<Yaml> {
  try {
    return await importPackage(PACKAGE);
  } catch (cause) {
    if (isPermissionDenied(cause)) throw cause;
    throw new FlmError(
      `Cannot load ${PACKAGE}, which reads and writes YAML: ${
        messageOf(cause)
      }. It is fetched on ` +
        `first use: check the network.`,
      { cause },
    );
  }
}
