import { checkMetricsTls, type CheckReport, checkSocketToBind, checkSocketToConnect } from "@florenetes/process-kit";
import type { VpnConfig } from "../config/vpn-config.ts";

/** Checks all that a config names outside of its file, and what the machine has. The check changes nothing. */
export async function checkVpnFlor({ admin, control, metrics, end }: VpnConfig): Promise<CheckReport> {
  const problems = [
    checkSocketToBind(admin),
    checkSocketToBind(control),
    end.kind === "egress" ? checkSocketToBind(end.listen) : undefined,
  ];
  const warnings = [end.kind === "up" ? checkSocketToConnect(end.session) : undefined];
  return {
    problems: problems.filter((problem) => problem !== undefined),
    partProblems: [checkMetricsTls(metrics)].filter((problem) => problem !== undefined),
    warnings: warnings.filter((warning) => warning !== undefined),
    notes: [],
  };
}
