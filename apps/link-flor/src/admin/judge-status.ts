import { holdingFindings, identityAdvice } from "@florenetes/identity";
import type { Finding } from "@florenetes/operator-errors";
import { configFindings, pressureFindings } from "@florenetes/process-kit";
import type { LinkStatusRow } from "../link-protocol.ts";
import type { ClusterPortalStatus } from "../portal/portal-status.ts";
import type { LinkFlorStatus } from "./link-status.ts";

/** Says what is not as it should be: clusters without a cluster vertex, links that are wanted and not up, identities and lists. Pure. */
export function judgeLinkFlor({ clusters, down, config, pressure }: LinkFlorStatus): readonly Finding[] {
  return [
    ...configFindings(config),
    ...down.map(({ cluster, code, text }) => fault(`cluster ${cluster} is down (${code}: ${text})`, downAdvice(code))),
    ...clusters.flatMap((cluster) => [...clusterFindings(cluster)]),
    ...pressureFindings(pressure),
  ];
}

function downAdvice(code: string): string {
  return `${identityAdvice(code) ?? "Mend it."} It is tried again by itself.`;
}

/** The status as if some links, each as `<peer>/<tag>`, were not there, whichever cluster they are in. */
export function withoutLinks(status: LinkFlorStatus, links: ReadonlySet<string>): LinkFlorStatus {
  const clusters = status.clusters.map((cluster) => {
    return { ...cluster, links: cluster.links.filter(({ peer, tag }) => !links.has(`${peer}/${tag}`)) };
  });
  return { ...status, clusters };
}

function* clusterFindings({
  cluster,
  portal,
  links,
  certificate,
  revocation,
}: ClusterPortalStatus): Generator<Finding> {
  if (portal.state === "waiting") {
    const advice = "Start it, or look at its log. Its `bind` has to be this one's `connect`.";
    yield fault(`cluster ${cluster} has no cluster vertex (nothing answers on ${portal.connect})`, advice);
  } else if (portal.state === "refused") {
    const advice = "`check` of both processes says what their configs hold; both have to be of one version.";
    yield fault(`the cluster vertex of ${cluster} is refused (${portal.code}: ${portal.text})`, advice);
  }
  for (const link of links) if (link.state !== "up") yield linkFinding(cluster, link);
  yield* holdingFindings([certificate], revocation);
}

function linkFinding(cluster: string, { peer, tag, role, state, code, text, lastHeardMs }: LinkStatusRow): Finding {
  const why = [code, text].filter((each) => each !== "").join(": ");
  const title = `link to ${tag === "0" ? peer : `${peer}/${tag}`} in cluster ${cluster}`;
  return fault(
    `${title} is ${state}${why === "" ? "" : ` (${why})`}`,
    linkAdvice(state, role, peer, code, lastHeardMs),
  );
}

function linkAdvice(
  state: LinkStatusRow["state"],
  role: LinkStatusRow["role"],
  peer: string,
  code: string,
  lastHeardMs: number | null,
): string {
  if (state === "refused")
    return `${code} in docs/portal-api.md says which of the two nodes has to change: this one, or ${peer}.`;
  if (lastHeardMs !== null) return `It was up before: is ${peer} still running, and does UDP still get through?`;
  if (role === "acceptor")
    return `${peer} has to call: see \`link-flor status\` there, and whether UDP reaches this node.`;
  return `Is ${peer} running, is the link's endpoint its address, and does UDP get through?`;
}

function fault(text: string, advice: string): Finding {
  return { weight: "fault", text, advice };
}
