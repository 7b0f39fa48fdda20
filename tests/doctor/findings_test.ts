import { assertEquals, assertStringIncludes } from "@std/assert";
import { describeBackend, describeFindings, describeMachine } from "../../tasks/doctor/describe.ts";
import { findingsOf } from "../../tasks/doctor/findings.ts";
import type { AdapterReport, BackendReport, Machine } from "../../tasks/doctor/report.ts";

const MACHINE: Machine = {
  ...{ flm: "1.2.3", deno: "2.9.6", system: "linux 6.1 x86_64", cores: 8 },
  memory: { free: 6 * 2 ** 30, total: 8 * 2 ** 30 },
  disk: { free: 100 * 2 ** 30, total: 200 * 2 ** 30 },
  drivers: [{ file: "/icd/card.json", library: "/lib/card.so.5", version: "1.3" }],
  variables: {},
};

const ADAPTER: AdapterReport = {
  ...{ description: "A card (gpu, bindings up to 2047 MiB)", kind: "gpu" },
  ...{ info: { vendor: "v" }, features: ["timestamp-query"] },
  limits: { maxBufferSize: 2 ** 31, maxStorageBuffersPerShaderStage: 8 },
  answers: [{ name: "softmax", error: 1e-8, bound: 1e-6 }],
  rates: { flops: 2e12, bytes: 3e9, wait: 0.001, first: 0.5 },
};
const BUILTIN: BackendReport = { name: "builtin", adapter: ADAPTER, fault: null, isHere: true };
const ABSENT: BackendReport = { name: "dawn", adapter: null, fault: "No.", isHere: false };
const REFUSED: BackendReport = {
  ...{ name: "dawn", adapter: null, isHere: true },
  fault: "Dawn found no adapter. Update the driver.",
};

const levels = (findings: { level: string; what: string }[]) =>
  findings.map(({ level, what }) => `${level}: ${what}`);

Deno.test("findingsOf() finds nothing wrong with a machine that is well", () => {
  assertEquals(findingsOf(MACHINE, [BUILTIN]), []);
  const other = { ...MACHINE, deno: "2.10.0", drivers: null, memory: null };
  assertEquals(findingsOf(other, [BUILTIN]), []);
});

Deno.test("findingsOf() finds what is too old, too small, missing or misspelt", () => {
  const machine = {
    ...{ ...MACHINE, deno: "2.8.9", drivers: [], variables: { FLM_BACKEND: "down" } },
    ...{ memory: { free: 1e8, total: 1e9 }, disk: { free: 2e8, total: 1e9 } },
  };
  const found = findingsOf(machine, [BUILTIN]);
  assertEquals(levels(found), [
    "bad: Deno 2.8.9 is too old",
    "doubtful: no Vulkan driver is installed: the adapter is reached in another way, such as OpenGL",
    "doubtful: only 95.4 MiB of memory are free",
    "doubtful: only 191 MiB of disk are free",
    'bad: FLM_BACKEND is "down", which is no backend',
  ]);
  assertEquals(found.every(({ advice }) => advice.length > 10), true);
  const broken = { ...MACHINE.drivers![0]!, library: null };
  const fault = { ...BUILTIN, adapter: null, fault: "It is broken." };
  assertEquals(levels(findingsOf({ ...MACHINE, drivers: [broken] }, [fault])), [
    "bad: no Vulkan driver has a library that is there",
    "bad: builtin: It is broken",
  ]);
  const [note] = findingsOf({ ...MACHINE, drivers: [broken, MACHINE.drivers![0]!] }, [BUILTIN]);
  assertEquals(note!.level, "note");
  assertStringIncludes(note!.what, "/icd/card.json");
});

Deno.test("findingsOf() counts what is chosen, or all there is, for more than the rest", () => {
  const find = (backends: BackendReport[], variables = {}) =>
    levels(findingsOf({ ...MACHINE, variables }, backends));
  assertEquals(find([BUILTIN, ABSENT]), []);
  assertEquals(find([BUILTIN, REFUSED]), ["note: dawn: Dawn found no adapter"]);
  assertEquals(find([BUILTIN, REFUSED], { FLM_BACKEND: "dawn" }), [
    "bad: dawn: Dawn found no adapter",
  ]);
  assertEquals(find([BUILTIN, ABSENT], { FLM_BACKEND: "dawn" }), [
    "bad: the backend dawn is chosen, and has not been fetched",
  ]);
  const broken = { ...BUILTIN, adapter: null, fault: "No WebGPU adapter was found. Install one." };
  assertEquals(find([broken, ABSENT]), ["bad: builtin: No WebGPU adapter was found"]);
  const soft = { ...BUILTIN, adapter: { ...ADAPTER, kind: "cpu" } as const };
  assertEquals(find([soft, ABSENT]), [
    "note: a processor runs the kernels, by a software driver",
  ]);
  const answers = [{ name: "softmax", error: NaN, bound: 1e-6 }];
  const wrong = { ...BUILTIN, adapter: { ...ADAPTER, answers, rates: null } };
  assertEquals(find([wrong, ABSENT]), ["bad: builtin computes wrong numbers (softmax)"]);
});

Deno.test("the doctor's text names what it found, what is wrong, and what can be done", () => {
  assertEquals(
    describeMachine({ ...MACHINE, variables: { FLM_BACKEND: "dawn" } }),
    `flm        1.2.3 on Deno 2.9.6
system     linux 6.1 x86_64, 8 cores
memory     6 GiB free of 8 GiB
disk       100 GiB free of 200 GiB
Vulkan     /icd/card.json (1.3): /lib/card.so.5
variables  FLM_BACKEND=dawn`,
  );
  assertEquals(
    describeBackend(BUILTIN),
    `builtin    A card (gpu, bindings up to 2047 MiB)
info       vendor v
features   timestamp-query
limits     maxBufferSize 2 GiB, maxStorageBuffersPerShaderStage 8
answers    softmax right
rates      product 2000 GFLOP/s, copy 2.79 GiB/s, wait 1 ms, first product 0.5 s`,
  );
  assertEquals(
    describeBackend(ABSENT),
    "dawn       not here; the first task that is given --backend dawn fetches it",
  );
  const answers = [{ name: "softmax", error: NaN, bound: 1e-6 }];
  const wrong = { ...BUILTIN, adapter: { ...ADAPTER, answers, rates: null } };
  assertStringIncludes(describeBackend(wrong), "softmax WRONG (error NaN, at most");
  const findings = [{ level: "bad", what: "it burns", advice: "Put it out." }] as const;
  assertEquals(
    describeFindings(findings, [wrong, ABSENT]),
    `WRONG      it burns.
           → Put it out.
verdict    nothing can be trained here`,
  );
  assertEquals(describeFindings([], [BUILTIN]), "verdict    models can be trained by builtin");
});
