import {
  checkMetricsTls,
  type CheckReport,
  checkSocketToBind,
  checkSocketToConnect,
  checkStateDirectory,
} from "@florenetes/process-kit";
import type { ControlConfig } from "../config/control-config.ts";
import { checkHttps } from "./https-door.ts";

/** Checks all that a config names outside of its file. The check changes nothing. */
export async function checkControlFlor({
  admin,
  control,
  listen,
  agent,
  state,
  metrics,
  https,
  cluster,
}: ControlConfig): Promise<CheckReport> {
  const problems = [
    ...[admin, control, listen].map(checkSocketToBind),
    checkStateDirectory(state),
    ...(https === undefined ? [] : checkHttps(https, cluster)),
  ];
  return {
    problems: problems.filter((problem) => problem !== undefined),
    partProblems: [checkMetricsTls(metrics)].filter((problem) => problem !== undefined),
    warnings: [checkSocketToConnect(agent)].filter((warning) => warning !== undefined),
    notes: [],
  };
}
