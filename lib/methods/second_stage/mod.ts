/**
 * The second stage of a semigroup distillation: one network does what an FLM and its flow map do
 * together, and ends in a probability.
 *
 * @module
 */

import type { Frozen } from "../../checkpoint/frozen.ts";
import { describeNetwork } from "../../checkpoint/learned_from.ts";
import { CheckpointError } from "../../errors.ts";
import { Dit } from "../../model/dit.ts";
import { pathForCaller } from "../../system/task_command.ts";
import { flowWriter } from "../base/flow_writer.ts";
import type { Method } from "../base/method.ts";
import { studentTraining } from "../base/student_training.ts";
import { SECOND_STAGE_RULES, secondStageObjective } from "./objective.ts";
import { secondStageSteps } from "./steps.ts";

/** The method. */
export const secondStage: Method<Dit, "teacher" | "flowMap"> = {
  kind: "second_stage",
  title: "flow map (second stage)",
  networkClass: Dit,
  learnsFrom: { teacher: "flm", flowMap: "semigroup" },
  section: "secondStage",
  options: null,
  next: null,
  isCrossEntropy: false,
  isDenoiser: false,
  writer: flowWriter(secondStageSteps),
  training({ config, frozen }) {
    requireOwnFlowMap(frozen.teacher, frozen.flowMap);
    const [teacher, flowMap] = [frozen.teacher.network, frozen.flowMap.network];
    const rules = { ...SECOND_STAGE_RULES, boundaryOneIn: config.secondStage.boundaryOneIn };
    return {
      // Its loss has no weighting.
      ...studentTraining(config, teacher, { learnableLossWeighting: false }),
      objective: (options) => secondStageObjective({ ...options, teacher, flowMap, rules }),
    };
  },
  inputs: ({ secondStage: { boundaryOneIn } }) => ({ "secondStage.boundaryOneIn": boundaryOneIn }),
};

/** A flow map corrects the steps of one FLM, and of no other. */
function requireOwnFlowMap(flm: Frozen, map: Frozen): void {
  const own = map.learnedFrom?.["teacher"];
  if (own === undefined || own.sha256 === flm.identity.sha256) return;
  throw new CheckpointError(
    `The flow map ${pathForCaller(map.location)} does not belong to the teacher ` +
      `${pathForCaller(flm.location)}: it was distilled from ${describeNetwork(own)}, and the ` +
      `teacher is ${describeNetwork(flm.identity)}. Give the checkpoint that it was distilled ` +
      `from by --teacher, or distil it anew.`,
  );
}
