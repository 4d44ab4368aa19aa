import { configFindings, findingsAbout, type StatusFinding } from "@florenetes/process-kit";
import type { FabricFlorStatus } from "./fabric-status.ts";

/** Says what is wrong, and what to do about it. Pure. */
export function judgeFabricFlor({ config }: Omit<FabricFlorStatus, "findings">): readonly StatusFinding[] {
  return [...findingsAbout("config", configFindings(config))];
}
