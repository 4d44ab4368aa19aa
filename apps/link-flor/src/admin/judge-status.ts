import { holdingFindings, identityAdvice } from "@florenetes/identity";
import { fault, type Finding } from "@florenetes/operator-text";
import {
  configFindings,
  findingsAbout,
  metricsFindings,
  pressureFindings,
  type StatusFinding,
} from "@florenetes/process-kit";
import type { DownCluster } from "../clusters/down-cluster.ts";
import type { LinkStatusRow } from "../link-protocol.ts";
import type { ClusterPortalStatus } from "../portal/portal-status.ts";
import type { LinkFlorStatus } from "./link-status.ts";

/** Says what is wrong: clusters without a cluster vertex, wanted links that are not up, identities and lists that are not in order. Pure. */
export function judgeLinkFlor({
  clusters,
  down,
  config,
  metrics,
  pressure,
}: Omit<LinkFlorStatus, "findings">): readonly StatusFinding[] {
  return [
    ...findingsAbout("config", configFindings(config)),
    ...down.map(partFinding),
    ...findingsAbout("part", metricsFindings(metrics)),
    ...clusters.flatMap(clusterFindings),
    ...findingsAbout("pressure", pressureFindings(pressure)),
  ];
}

function partFinding({ cluster, code, text }: DownCluster): StatusFinding {
  const advice = `${identityAdvice(code) ?? "Mend it."} It is tried again by itself.`;
  return { ...fault(`cluster ${cluster} is down (${code}: ${text})`, advice), about: "part", cluster };
}

function clusterFindings({
  cluster,
  portal,
  links,
  certificate,
  revocation,
}: ClusterPortalStatus): readonly StatusFinding[] {
  const missing = links.filter(({ state }) => state !== "up");
  return [
    ...findingsAbout("portal", portalFindings(cluster, portal)),
    ...authorityFindings(cluster, certificate.principal, links),
    ...missing.map((link) => linkFinding(cluster, link)),
    ...findingsAbout("holding", holdingFindings([certificate], revocation)),
  ].map((finding) => ({ ...finding, cluster }));
}

function* portalFindings(cluster: string, portal: ClusterPortalStatus["portal"]): Generator<Finding> {
  if (portal.state === "waiting") {
    const advice = "Start it, or look at its log. Its `bind` has to be this one's `connect`.";
    yield fault(`cluster ${cluster} has no cluster vertex (nothing answers on ${portal.connect})`, advice);
  } else if (portal.state === "refused") {
    const advice = "`check` of both processes says what their configs hold; both have to be of one version.";
    yield fault(`the cluster vertex of ${cluster} is refused (${portal.code}: ${portal.text})`, advice);
  }
}

const AUTHORITY_CODES: ReadonlySet<string> = new Set(["UNTRUSTED", "UNTRUSTED_BY_PEER"]);

/** Finds out that this node has another CA than its neighbours: several of them and it do not trust each other, and no link is up. */
function authorityFindings(
  cluster: string,
  principal: string,
  links: readonly Pick<LinkStatusRow, "peer" | "state" | "code">[],
): readonly StatusFinding[] {
  const refused = new Set(links.filter(({ code }) => AUTHORITY_CODES.has(code)).map(({ peer }) => peer));
  if (refused.size < 2 || links.some(({ state }) => state === "up")) return [];
  const text = `${principal} seems to have another CA than its neighbours in cluster ${cluster} (${refused.size} of them refuse it for that, or are refused)`;
  const advice =
    "Compare the roots that `flor inspect` shows of its identity with a neighbour's; have this cluster's CA issue it anew, which brings the `trust.pem`.";
  return findingsAbout("holding", [fault(text, advice)]);
}

function linkFinding(
  cluster: string,
  { peer, tag, role, state, code, text, lastHeardMs }: LinkStatusRow,
): StatusFinding {
  const why = [code, text].filter((each) => each !== "").join(": ");
  const title = `link to ${tag === "0" ? peer : `${peer}/${tag}`} in cluster ${cluster}`;
  const finding = fault(
    `${title} is ${state}${why === "" ? "" : ` (${why})`}`,
    linkAdvice(state, role, peer, code, lastHeardMs),
  );
  return { ...finding, about: "link", link: `${peer}/${tag}` };
}

function linkAdvice(
  state: LinkStatusRow["state"],
  role: LinkStatusRow["role"],
  peer: string,
  code: string,
  lastHeardMs: number | null,
): string {
  if (AUTHORITY_CODES.has(code))
    return `This node or ${peer} has another CA than the mesh: compare the roots that \`flor inspect\` shows of both identities. Where a node's other links are up, it is not that one.`;
  if (state === "refused")
    return `\`flor explain ${code}\` says which of the two nodes has to change: this one, or ${peer}.`;
  if (lastHeardMs !== null) return `It was up before: is ${peer} still running, and does UDP still get through?`;
  if (role === "acceptor")
    return `${peer} has to call: see \`link-flor status\` there, and whether UDP reaches this node.`;
  return `Is ${peer} running, is the link's endpoint its address, and does UDP get through?`;
}
