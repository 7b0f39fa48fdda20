/**
 * What is wrong with a machine, and what to do about it.
 *
 * @module
 */

import { formatBytes } from "../../lib/cli/format.ts";
import { BACKEND_VARIABLE, BACKENDS } from "../../lib/gpu/backend.ts";
import { taskCommand } from "../../lib/system/task_command.ts";
import {
  type BackendReport,
  type Driver,
  type Finding,
  isRight,
  isUsable,
  type Machine,
  type Room,
} from "./report.ts";

/** The oldest Deno that flm runs on. */
const MIN_DENO = [2, 9] as const;
/** Free bytes below which a training may not get far. */
const LITTLE = 1 << 30;

/** What is wrong, most of it by what it means to whether models can be trained. */
export function findingsOf(machine: Machine, backends: readonly BackendReport[]): Finding[] {
  return [
    ...machineFindings(machine, backends.some(isUsable)),
    ...backendFindings(backends, machine),
  ];
}

/** What is wrong with the machine itself. */
function machineFindings(machine: Machine, canTrain: boolean): Finding[] {
  const { deno, memory, disk, drivers, variables } = machine;
  const backend = variables[BACKEND_VARIABLE];
  return [
    ...isOlder(deno, MIN_DENO)
      ? [bad(`Deno ${deno} is too old`, `Update to ${MIN_DENO.join(".")} or later: deno upgrade.`)]
      : [],
    ...drivers === null ? [] : driverFindings(drivers, canTrain),
    ...roomFindings("memory", memory, "Close other programs, or train with a smaller batch."),
    ...roomFindings("disk", disk, "Make room: checkpoints and token shards are written there."),
    ...backend !== undefined && !BACKENDS.some((name) => name === backend)
      ? [
        bad(
          `${BACKEND_VARIABLE} is ${JSON.stringify(backend)}, which is no backend`,
          `Set it to ${BACKENDS.join(" or ")}, or unset it.`,
        ),
      ]
      : [],
  ];
}

function driverFindings(drivers: readonly Driver[], canTrain: boolean): Finding[] {
  if (drivers.every(({ library }) => library === null)) {
    const lack = drivers.length === 0 ? "is installed" : "has a library that is there";
    const what = `no Vulkan driver ${lack}`;
    return [
      {
        level: canTrain ? "doubtful" : "bad",
        what: canTrain ? `${what}: the adapter is reached in another way, such as OpenGL` : what,
        advice:
          "Install that of the graphics card, or Mesa's software driver (Debian, Ubuntu and Fedora: " +
          "mesa-vulkan-drivers; Arch: vulkan-swrast). In a container, the card must be passed in. " +
          "If VK_DRIVER_FILES or VK_ICD_FILENAMES is set, check what it names.",
      },
    ];
  }
  return drivers.filter(({ library }) => library === null).map(({ file }) => ({
    level: "note",
    what: `the library of the Vulkan driver in ${file} is not where libraries usually are`,
    advice: "If it is the driver of the graphics card, install it again.",
  }));
}

function roomFindings(what: string, room: Room | null, advice: string): Finding[] {
  if (room === null || room.free >= LITTLE) return [];
  return [{
    level: "doubtful",
    what: `only ${formatBytes(room.free)} of ${what} are free`,
    advice,
  }];
}

/** What is wrong with the backends. */
function backendFindings(backends: readonly BackendReport[], machine: Machine): Finding[] {
  const usable = backends.filter(isUsable);
  const chosen = machine.variables[BACKEND_VARIABLE];
  return [
    ...backends.flatMap((backend) => faultsOf(backend, usable.length > 0, chosen)),
    ...usable.some(({ adapter }) => adapter!.kind === "gpu") || usable.length === 0
      ? []
      : [NO_CARD],
  ];
}

const NO_CARD: Finding = {
  level: "note",
  what: "a processor runs the kernels, by a software driver",
  advice:
    "That is enough for the demo and for small models. If there is a graphics card, install " +
    "its Vulkan driver, and in a container pass the card in.",
};

function faultsOf(backend: BackendReport, isOtherUsable: boolean, chosen?: string): Finding[] {
  const { name, adapter, fault, isHere } = backend;
  const isChosen = name === (chosen ?? BACKENDS[0]);
  const unset = chosen === undefined ? "" : ` Or unset ${BACKEND_VARIABLE}.`;
  if (!isHere) {
    if (!isChosen) return [];
    const advice = `A task that uses it fetches it: ${
      taskCommand("sample", ["--backend", name])
    }.${unset}`;
    return [bad(`the backend ${name} is chosen, and has not been fetched`, advice)];
  }
  if (fault !== null) {
    // It may say what to do.
    const [what, ...advice] = fault.split(/(?<=[.!]) /);
    return [{
      level: isChosen || !isOtherUsable ? "bad" : "note",
      what: `${name}: ${what!.replace(/\.$/, "")}`,
      advice: `${advice.join(" ") || "Update the driver, or take the other backend."}${
        isChosen ? unset : ""
      }`,
    }];
  }
  const wrong = adapter!.answers.filter((answer) => !isRight(answer));
  if (wrong.length === 0) return [];
  return [
    bad(
      `${name} computes wrong numbers (${wrong.map(({ name }) => name).join(", ")})`,
      "Nothing that it trains is worth anything. Update the driver, take the other backend, or " +
        "hide the device, and please report it.",
    ),
  ];
}

function bad(what: string, advice: string): Finding {
  return { level: "bad", what, advice };
}

/** Whether a version such as 2.9.6 is before another. */
function isOlder(version: string, [major, minor]: readonly [number, number]): boolean {
  const [first = 0, second = 0] = version.split(".").map(Number);
  return first < major || (first === major && second < minor);
}
