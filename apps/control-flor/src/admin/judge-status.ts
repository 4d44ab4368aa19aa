import { fault, type Finding, warning } from "@florenetes/operator-text";
import { holdingFindings } from "@florenetes/identity";
import {
  configFindings,
  findingsAbout,
  metricsFindings,
  serverCertificateFindings,
  type StatusFinding,
} from "@florenetes/process-kit";
import type { ControlFlorStatus, HttpsStatus, ReplicaStatus } from "./control-status.ts";

/** Says what is wrong, and what to do about it. Pure. */
export function judgeControlFlor({
  config,
  metrics,
  agent,
  audit,
  requests,
  https,
  replicas,
}: Omit<ControlFlorStatus, "findings">): readonly StatusFinding[] {
  return [
    ...findingsAbout("config", configFindings(config)),
    ...findingsAbout("part", metricsFindings(metrics)),
    ...findingsAbout("api", [
      ...agentFindings(agent),
      ...auditFindings(audit),
      ...requestFindings(requests),
      ...replicaFindings(replicas),
    ]),
    ...findingsAbout("holding", https === null ? [] : [...httpsFindings(https)]),
  ];
}

function* agentFindings({ asOf, fault: code }: ControlFlorStatus["agent"]): Generator<Finding> {
  if (code !== null) {
    const advice = "Does fabric-flor run, and may this process's user connect to its admin socket (`agent`)?";
    const told = asOf === null ? "nothing is known here" : "answers are STALE";
    yield fault(`the agent does not answer (${code}): ${told}`, advice);
  } else if (asOf?.isStale === true) {
    yield warning(`answers are STALE: ${asOf.why ?? ""}`, "`fabric-flor status` says more of the log.");
  }
}

function* auditFindings({ lost, fault: code }: ControlFlorStatus["audit"]): Generator<Finding> {
  if (code === null) return;
  yield fault(
    `the audit cannot be written (${code}): what people bring is refused, and ${lost} entries are lost`,
    "Make room on the disk of `state`, or mend it: the next request tries again.",
  );
}

function* requestFindings({ refused }: ControlFlorStatus["requests"]): Generator<Finding> {
  if (refused === 0) return;
  yield warning(
    `${refused} connections came without the header of cluster-flor`,
    "Give the service `proxy-protocol: v2` in cluster-flor's config, and see that nobody else may connect to `listen`.",
  );
}

function* httpsFindings({ listen, certificate, trust, revocation }: HttpsStatus): Generator<Finding> {
  yield* serverCertificateFindings(`the certificate that browsers are shown at ${listen}`, certificate);
  const { folder, refused } = trust;
  if (refused !== null) {
    const what = `the roots in ${folder} are refused (${refused.code}: ${refused.text})`;
    yield fault(what, "The former ones are used. Mend the folder, and `reload`.");
  }
  yield* holdingFindings([], revocation);
}

/** A replica that is there is heard each minute. */
const SILENT_MS = 300_000;
/** A fault of a replica is warned of for so long. */
export const FAULT_WARNED_MS = 600_000;

function* replicaFindings({ fault: code, others }: ControlFlorStatus["replicas"]): Generator<Finding> {
  const isSilent = ({ heardMsAgo }: ReplicaStatus): boolean => heardMsAgo === null || heardMsAgo > SILENT_MS;
  const silent = others.filter(isSilent).map(({ node }) => node);
  if (code !== null) {
    const advice =
      "Does fabric-flor run, and is it of the same version? Proposals that are brought here stay here meanwhile.";
    yield warning(`the agent brings no letters of other replicas (${code})`, advice);
  } else if (silent.length > 0) {
    const verb = silent.length === 1 ? "serves" : "serve";
    const are = silent.length === 1 ? "is" : "are";
    yield warning(
      `${silent.join(" and ")}, which ${verb} the API, too, ${are} not heard: proposals do not pass between you`,
      "Does control-flor run there with the same `service`, and has each of the nodes a role `control-plane` or `route-coordinator`? Who is gone for good goes out of the service's record.",
    );
  }
  for (const { node, faults, faultMsAgo } of others) {
    if (faultMsAgo === null || faultMsAgo >= FAULT_WARNED_MS) continue;
    yield warning(
      `${node} has sent ${faults} letters or answers that are none`,
      "Is its control-flor of another version? If not, somebody else may speak for it: look at that machine.",
    );
  }
}
