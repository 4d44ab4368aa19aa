import { configLines, verdictLines } from "@florenetes/process-kit";
import type { FabricFlorStatus } from "./fabric-status.ts";

/** Renders `fabric-flor status` for people: first whether all is well. Tables are laid out for `width` columns. */
export function renderFabricFlorStatus(status: FabricFlorStatus, _width: number): string {
  return [
    ...verdictLines(status.findings, `node ${status.node} of cluster ${status.cluster}`),
    `instance ${status.instance}, up since ${status.startedAt}`,
    ...configLines(status.config),
    `node ${status.node} of cluster ${status.cluster}, with key ${status.key}`,
    "",
  ].join("\n");
}
