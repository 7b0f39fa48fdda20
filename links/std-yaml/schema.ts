/**
 * The named YAML schemas.
 *
 * @module
 */

// @ts-types="./js_yaml.d.ts"
import yaml from "js-yaml";

/** Which types a document may hold; `default` adds timestamps and merge keys to `core`. */
export type SchemaType = "failsafe" | "json" | "core" | "default";

/** The library's schema of that name. */
export function schemaOf(name: SchemaType = "default"): unknown {
  switch (name) {
    case "failsafe":
      return yaml.FAILSAFE_SCHEMA;
    case "json":
      return yaml.JSON_SCHEMA;
    case "core":
      return yaml.CORE_SCHEMA;
    case "default":
      return yaml.DEFAULT_SCHEMA;
  }
}
