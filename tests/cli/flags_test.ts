/**
 * Command lines read by a table of flags.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import {
  type CommandLine,
  optional,
  readFlags,
  refuseFlags,
  repeated,
} from "../../lib/cli/flags.ts";
import { inGroup } from "../../lib/cli/flag_group.ts";
import { asksForKeys, helpText } from "../../lib/cli/help.ts";
import { configKeys } from "../../lib/config/config.ts";
import { ConfigError } from "../../lib/errors.ts";
import { boolean, integer, list, number, oneOf, path, text } from "../../lib/schema/field.ts";

const COMMAND = {
  name: "deno task sample",
  doc: "Draws samples.",
  flags: {
    checkpoint: text({ doc: "The run.", expected: "a path" }),
    steps: list(integer({ min: 1 }), { doc: "Sampler steps.", fallback: [8, 64] }),
    numSamples: integer({ doc: "How many.", min: 1, unit: "texts", fallback: 4 }),
    ...inGroup("output", { out: optional(text({ doc: "Where to." })) }),
    profile: boolean({ doc: "Print kernels by time.", fallback: false }),
  },
};
const TRAIN = {
  name: "deno task train",
  doc: "Trains.",
  flags: { resume: optional(text({ doc: "The run.", expected: "a path" })) },
  overrides: configKeys(),
};
const GOLDEN = {
  name: "deno task golden",
  doc: "Compares.",
  flags: {
    dir: text({ doc: "Folder of golden files." }),
    file: optional(text({ doc: "Only this one." })),
  },
  positionals: [
    { name: "DIR", flag: "dir" as const },
    { name: "FILE", flag: "file" as const },
  ],
};

type AnyCommand = Parameters<typeof readFlags>[0];

function read(command: AnyCommand, ...argv: string[]): CommandLine<AnyCommand["flags"]> | null {
  return readFlags(command, argv);
}

function complains(command: AnyCommand, argv: string[], message: string): void {
  assertThrows(() => readFlags(command, argv), ConfigError, message);
}

Deno.test("readFlags() gives every flag its type and default", () => {
  const line = readFlags(
    COMMAND,
    ["--checkpoint", "runs/demo", "--num-samples=2", "--profile"],
  )!;
  const steps: readonly number[] = line.flags.steps;
  const out: string | null = line.flags.out;
  assertEquals([line.flags.checkpoint, steps, line.flags.numSamples, out, line.flags.profile], [
    "runs/demo",
    [8, 64],
    2,
    null,
    true,
  ]);
  assertEquals(line.overrides, {});
});

Deno.test("readFlags() takes camelCase, = and the last of repeated flags", () => {
  const line = read(
    COMMAND,
    "--numSamples",
    "2",
    "--num-samples=3",
    "--checkpoint=-x",
    "--steps=1",
  );
  assertEquals(line?.flags, {
    checkpoint: "-x",
    steps: [1],
    numSamples: 3,
    out: null,
    profile: false,
  });
  assertEquals(read(COMMAND, "--checkpoint=a", "--profile=false")?.flags.profile, false);
  assertEquals(read(COMMAND, "--checkpoint", "007")?.flags.checkpoint, "007");
});

Deno.test("readFlags() gives every value of a repeated flag", () => {
  const command = {
    ...COMMAND,
    flags: { run: repeated(integer({ doc: "Runs.", min: 1 })), out: COMMAND.flags.out },
  };
  const line = readFlags(command, ["--run", "3", "--out=x", "--run=1", "--run", "3"])!;
  const runs: readonly number[] = line.flags.run;
  assertEquals(runs, [3, 1, 3]);
  assertEquals(read(command, "--run", "2")?.flags, { run: [2], out: null });
  complains(command, [], "--run is required: Runs. Expected an integer of at least 1, or several");
  complains(
    command,
    ["--run=1", "--run=0"],
    '--run: expected an integer of at least 1, found "0".',
  );
});

Deno.test("readFlags() gives null when help is asked for", () => {
  assertEquals(read(COMMAND, "--help"), null);
  assertEquals(read(COMMAND, "--profile", "-h"), null);
  assertEquals(read(COMMAND, "--nonsense", "--num-samples", "--help", "--out=1", "x"), null);
  assertEquals(read(GOLDEN, "a", "--", "--help")?.flags, { dir: "a", file: "--help" });
});

Deno.test("readFlags() throws when a flag is unknown", () => {
  complains(COMMAND, ["--checkpont", "x"], "--checkpont: unknown flag; did you mean --checkpoint?");
  complains(COMMAND, ["--num_sample=1"], "--num_sample: unknown flag; did you mean --num-samples?");
  complains(COMMAND, ["--zzzzzzz"], "--zzzzzzz: unknown flag; deno task sample --help lists them");
  complains(COMMAND, ["--no-steps=1"], "--no-steps: unknown flag");
  complains(COMMAND, ["--optim.lr", "1"], "--optim.lr: unknown flag");
  complains(COMMAND, ["-x"], "-x: unknown flag");
});

Deno.test("readFlags() throws when a value is missing, unfit or not wanted", () => {
  complains(COMMAND, [], "--checkpoint is required: The run. Expected a path.");
  complains(COMMAND, ["--checkpoint"], "--checkpoint needs a value");
  complains(COMMAND, ["--checkpoint="], "--checkpoint needs a value");
  complains(COMMAND, ["--num-samples", "-x"], "or --num-samples=VALUE if it begins with a dash");
  complains(COMMAND, ["--num-samples", "-1"], 'a whole number of texts, at least 1, found "-1".');
  complains(
    COMMAND,
    ["--num-samples=0"],
    '--num-samples: expected a whole number of texts, at least 1, found "0".',
  );
  complains(COMMAND, ["--profile=3"], '--profile takes no value, found "3".');
});

Deno.test("readFlags() checks the arguments that are no flags", () => {
  assertEquals(read(GOLDEN, "a")?.flags, { dir: "a", file: null });
  assertEquals(read(GOLDEN, "a", "--", "--b")?.flags, { dir: "a", file: "--b" });
  assertEquals(read(GOLDEN, "007")?.flags, { dir: "007", file: null });
  complains(GOLDEN, [], "DIR is missing: expected ");
  const config = { ...TRAIN, flags: { config: TRAIN.flags.resume } };
  complains(config, ["a.yaml"], "only flags, which begin with --. Did you mean --config a.yaml?");
  complains(GOLDEN, ["a", "b", "c"], 'Unexpected argument "c": expected only DIR FILE');
  complains(COMMAND, ["--checkpoint", "x", "y"], 'Unexpected argument "y": expected only flags');
});

Deno.test("refuseFlags() names the flags that were given, also with their defaults", () => {
  const line = (...args: string[]) => readFlags(COMMAND, ["--checkpoint", "x", ...args])!;
  const refuse = (...args: string[]) =>
    refuseFlags(line(...args), ["numSamples", "profile"], "does nothing");
  refuse();
  refuse("--steps", "3", "--profile=false");
  assertThrows(
    () => refuse("--num-samples", "4"),
    ConfigError,
    "--num-samples: does nothing. Leave it out.",
  );
  assertThrows(
    () => refuse("--profile", "--num-samples", "4"),
    ConfigError,
    "--num-samples, --profile: does nothing. Leave them out.",
  );
});

Deno.test("readFlags() names the whole key when only its last name is given", () => {
  const hints = {
    "--lr": "--optim.lr",
    "--Lr": "--optim.lr",
    "--num-steps": "--train.num-steps",
    "--numstep": "--train.num-steps",
    "--batch_size": "--train.batch-size",
    "--dropout": "--model.dropout",
    "--optimLr": "--optim.lr",
    "--train-num-steps": "--train.num-steps",
    "--resum": "--resume",
    "--sed": "--seed",
  };
  for (const [flag, hint] of Object.entries(hints)) {
    complains(TRAIN, [flag, "1"], `${flag}: unknown flag; did you mean ${hint}?`);
  }
});

Deno.test("readFlags() passes configuration keys on", () => {
  assertEquals(
    read(TRAIN, "--optim.lr", "1e-4", "--train.num-steps=7", "--seed", "3", "--resume", "r"),
    {
      flags: { resume: "r" },
      given: new Set(["resume"]),
      overrides: { "optim.lr": "1e-4", "train.num-steps": "7", seed: "3" },
    },
  );
  assertEquals(read(TRAIN, "--optim.lrr=1")?.overrides, { "optim.lrr": "1" });
  complains(TRAIN, ["--sed", "1"], "--sed: unknown flag; did you mean --seed?");
  complains(TRAIN, ["--optim.lr"], "--optim.lr needs a value");
  complains(TRAIN, ["--optim.lr="], "--optim.lr needs a value");
  assertEquals(read(TRAIN, "--optim", "{}")?.overrides, { optim: "{}" });
  assertEquals(read(TRAIN, "--second-stage", "{}")?.overrides, { "second-stage": "{}" });
});

Deno.test("asksForKeys() knows both ways to ask for all configuration keys", () => {
  assertEquals(read(TRAIN, "--help=all"), null);
  for (const argv of [["--help", "all"], ["-h", "all"], ["x", "--help=all"]]) {
    assertEquals(asksForKeys(argv), true);
  }
  for (const argv of [["--help"], ["all"], ["all", "--help"]]) {
    assertEquals(asksForKeys(argv), false);
  }
});

const EVALUATE = {
  name: "deno task evaluate",
  doc: "Measures.",
  positionals: [
    { name: "RECIPE", flag: "config" as const },
    { name: "RUN", flag: "checkpoint" as const },
  ],
  flags: {
    config: text({ doc: "The recipe.", expected: "a file" }),
    checkpoint: repeated(integer({ doc: "The runs.", min: 1 })),
    out: optional(text({ doc: "Where to." })),
  },
};

Deno.test("readFlags() gives flags the values that stand without their names", () => {
  assertEquals(read(EVALUATE, "a", "--out", "x", "1", "2"), {
    flags: { config: "a", checkpoint: [1, 2], out: "x" },
    given: new Set(["config", "checkpoint", "out"]),
    overrides: {},
  });
  assertEquals(read(EVALUATE, "--config=a", "--checkpoint", "1")?.flags.config, "a");
  complains(EVALUATE, [], "RECIPE is missing: expected a file.");
  complains(EVALUATE, ["a"], "RUN is missing: expected an integer of at least 1, or sev");
  complains(EVALUATE, ["a", "0"], 'RUN: expected an integer of at least 1, found "0".');
  complains(
    EVALUATE,
    ["a", "1", "--config", "b"],
    'Expected either RECIPE or --config RECIPE, found both, the first being "a".',
  );
  const one = { ...EVALUATE, positionals: EVALUATE.positionals.slice(0, 1) };
  complains(one, ["a", "b", "--checkpoint=1"], 'Unexpected argument "b": expected only RECIPE');
});

Deno.test("helpText() shows what may stand without a flag's name", () => {
  assertEquals(
    helpText(EVALUATE),
    `Usage: deno task evaluate RECIPE RUN... [flags]

Measures.

Arguments:
  RECIPE  The recipe. (a file; required) Also as --config RECIPE.
  RUN     The runs. (an integer of at least 1, or several; required) Also as --checkpoint RUN.

Flags:
  --out TEXT  Where to. (text)

Output:
  -h, --help  Print this text.`,
  );
  const { config, ...flags } = EVALUATE.flags;
  const train = { ...EVALUATE, flags: { ...flags, config: optional(config) } };
  assertStringIncludes(helpText(train), "evaluate [RECIPE] RUN... [flags]");
});

Deno.test("helpText() lists arguments, flags and configuration keys", () => {
  assertEquals(
    helpText(COMMAND),
    `Usage: deno task sample [flags]

Draws samples.

Flags:
  --checkpoint TEXT    The run. (a path; required)
  --steps N,...        Sampler steps. (a list, each item an integer of at least 1; default 8,64)
  --num-samples TEXTS  How many. (a whole number of texts, at least 1; default 4)
  --profile            Print kernels by time.

Output:
  --out TEXT  Where to. (text)
  -h, --help  Print this text.`,
  );
  assertStringIncludes(helpText(GOLDEN), "Usage: deno task golden DIR [FILE] [flags]\n");
  assertStringIncludes(helpText(GOLDEN), "Arguments:\n  DIR   Folder of golden files. (text; req");
  const train = helpText(TRAIN);
  assertStringIncludes(train, "deno task train [flags] [--KEY VALUE]");
  assertStringIncludes(train, "\n\n--KEY VALUE sets a key of the configuration, such as ");
  assertEquals(train.includes("optim.lr "), false);
});

Deno.test("helpText() lists configuration keys when all are asked for", () => {
  const train = helpText(TRAIN, { keys: true });
  assertEquals(train.includes("--help all"), false);
  assertStringIncludes(train, "\n\nConfiguration keys, to be set by --KEY VALUE:\n  name ");
  assertStringIncludes(train, "\n\nConfiguration keys of optim, to be set by --KEY VALUE:\n");
  assertStringIncludes(train, "on a command line. (a mapping; default none)\n");
  // Null is another thing in a section that takes the keys of another one.
  const words = train.replace(/ +/g, " ");
  const minutes = "Minutes of work after which the training ends, if it has steps left";
  const expected = "(a number of minutes greater than 0, or null)";
  for (
    const line of [
      `train.minutes ${minutes}; null for no end. ${expected}`,
      `ar.train.minutes ${minutes}; null takes train.minutes. ${expected}`,
      "ar.optim.lr Learning rate after the warm-up; null takes optim.lr. (a number greater than 0, " +
      "or null)",
    ]
  ) {
    assertStringIncludes(words, `\n ${line}\n`);
  }
  // A key of several kinds says what it is for each.
  assertMatch(
    train,
    /\n {2}data\.source\.path +Of kind "file": Path, [^\n]+ \.parquet\. Of kind "lm1b-archive": Path or address of the \.tar\.gz file \(default http:\S+gz\)\. \(a path\)\n/,
  );
  assertMatch(
    train,
    /\n {2}data\.source\.name +Of kind "text": What the program calls it\. \(text\)\n/,
  );
  assertStringIncludes(train, "learned uncertainty. (true or false; default false)\n");
  assertStringIncludes(train, "Number of optimizer steps. (a whole number of steps, at least 1)\n");
  assertMatch(
    train,
    /\n {2}optim\.lr +Learning rate after the warm-up\. \(a number greater than 0; default 0\.0003\)\n/,
  );
});

Deno.test("helpText() shows the words of a flag, and what it is about", () => {
  const flags = {
    seed: integer({ doc: "Of the noise.", min: 0, fallback: 0 }),
    ...inGroup("machine", {
      precision: oneOf(["f32", "f16"], { doc: "Of matrices.", fallback: "f32" }),
      memory: optional(integer({ doc: "What there is.", unit: "bytes" })),
      patience: number({ doc: "For how long.", above: 0, unit: "seconds", fallback: 9 }),
    }),
    ...inGroup("input", { dir: path({ doc: "Where from." }) }),
  };
  assertEquals(
    helpText({ name: "flm x", doc: "Does.", flags }),
    `Usage: flm x [flags]

Does.

Flags:
  --seed N  Of the noise. (an integer of at least 0; default 0)

Input:
  --dir PATH  Where from. (a path; required)

Output:
  -h, --help  Print this text.

Machine:
  --precision f32|f16  Of matrices. (default f32)
  --memory BYTES       What there is. (a whole number of bytes)
  --patience SECONDS   For how long. (a number of seconds greater than 0; default 9)`,
  );
});
