import {
  checkMetricsTls,
  type CheckReport,
  checkSocketToBind,
  checkSocketToConnect,
  checkStateDirectory,
} from "@florenetes/process-kit";
import type { ControlConfig } from "../config/control-config.ts";

/** Checks all that a config names outside of its file. The check changes nothing. */
export async function checkControlFlor({
  admin,
  control,
  listen,
  agent,
  state,
  metrics,
}: ControlConfig): Promise<CheckReport> {
  const problems = [...[admin, control, listen].map(checkSocketToBind), checkStateDirectory(state)];
  return {
    problems: problems.filter((problem) => problem !== undefined),
    partProblems: [checkMetricsTls(metrics)].filter((problem) => problem !== undefined),
    warnings: [checkSocketToConnect(agent)].filter((warning) => warning !== undefined),
    notes: [],
  };
}
