import { fault, type Finding, warning } from "@florenetes/operator-text";
import { holdingFindings } from "@florenetes/identity";
import { configFindings, findingsAbout, metricsFindings, type StatusFinding } from "@florenetes/process-kit";
import type { ControlFlorStatus, HttpsStatus } from "./control-status.ts";

/** Says what is wrong, and what to do about it. Pure. */
export function judgeControlFlor({
  config,
  metrics,
  agent,
  requests,
  https,
}: Omit<ControlFlorStatus, "findings">): readonly StatusFinding[] {
  return [
    ...findingsAbout("config", configFindings(config)),
    ...findingsAbout("part", metricsFindings(metrics)),
    ...findingsAbout("api", [...agentFindings(agent), ...requestFindings(requests)]),
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

function* requestFindings({ refused }: ControlFlorStatus["requests"]): Generator<Finding> {
  if (refused === 0) return;
  yield warning(
    `${refused} connections came without the header of cluster-flor`,
    "Give the service `proxy-protocol: v2` in cluster-flor's config, and see that nobody else may connect to `listen`.",
  );
}

function* httpsFindings({ listen, certificate, trust, revocation }: HttpsStatus): Generator<Finding> {
  const advice = "Put another one into its file, and `reload`.";
  const text = `the certificate that browsers are shown at ${listen}`;
  if (certificate.state === "ended") yield fault(`${text} ended at ${certificate.validUntil}`, advice);
  if (certificate.state === "ending") yield warning(`${text} ends at ${certificate.validUntil}`, advice);
  const { folder, refused } = trust;
  if (refused !== null) {
    const what = `the roots in ${folder} are refused (${refused.code}: ${refused.text})`;
    yield fault(what, "The former ones are used. Mend the folder, and `reload`.");
  }
  yield* holdingFindings([], revocation);
}
