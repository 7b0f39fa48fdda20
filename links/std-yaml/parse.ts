import yaml from "js-yaml";
export function parse(s: string): unknown { return yaml.load(s); }
