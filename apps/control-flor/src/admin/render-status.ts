import { revocationLines } from "@florenetes/identity";
import { configLines, countNouns, formatCounts, verdictLines } from "@florenetes/process-kit";
import type { ControlFlorStatus, ReplicaStatus } from "./control-status.ts";
import { formatDuration } from "@florenetes/operator-text";

/** Renders `control-flor status` for people: first whether all is well. */
export function renderControlFlorStatus(status: ControlFlorStatus): string {
  const { agent, requests } = status;
  const lines = [
    ...verdictLines(status.findings, countNouns({ connection: requests.connections, stream: requests.streams })),
    `version ${status.version}, instance ${status.instance}, up since ${status.startedAt}`,
    ...configLines(status.config),
    ...agentLines(agent),
    `answers: ${formatCounts(requests.answers)}`,
    `audit: ${countNouns({ entry: status.audit.entries })}`,
    ...httpsLines(status.https),
    `proposals: ${formatCounts(status.proposals)}`,
    ...status.replicas.others.map(replicaLine),
    "",
  ];
  return lines.join("\n");
}

function agentLines({ asOf, looks }: ControlFlorStatus["agent"]): readonly string[] {
  if (asOf === null) return ["the agent has told nothing yet"];
  const { replica, ageMs, checkpoint } = asOf;
  const asked = `the agent of ${replica} was asked ${formatDuration(ageMs)} ago, ${looks} times in all`;
  return checkpoint === null ? [asked] : [asked, `as of checkpoint ${checkpoint.index} of ${checkpoint.issued}`];
}

function httpsLines(https: ControlFlorStatus["https"]): readonly string[] {
  if (https === null) return [];
  const { listen, certificate, connections, refused, revocation } = https;
  return [
    `HTTPS at ${listen}: ${countNouns({ connection: connections })}, refused ${formatCounts(refused)}; certificate until ${certificate.validUntil}`,
    ...revocationLines(revocation),
  ];
}

function replicaLine({ node, heardMsAgo, letters, proposals }: ReplicaStatus): string {
  const heard = heardMsAgo === null ? "not heard yet" : `heard ${formatDuration(heardMsAgo)} ago`;
  return `replica ${node}: ${heard}; letters: ${formatCounts(letters)}; proposals: ${formatCounts(proposals)}`;
}
