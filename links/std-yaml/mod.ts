/**
 * Stand-in for `@std/yaml` in a checkout, over npm's js-yaml (of which the real
 * package is a port), so that the programs run where JSR is out of reach.
 * Numbers follow YAML 1.2: unlike the real package it takes `017` for 17 and
 * `1_000` for text.
 *
 * @module
 */

export * from "./parse.ts";
export * from "./stringify.ts";
