import type { Mesh, NodeConfig } from "@florenetes/mesh-file";
import type { Finding } from "@florenetes/operator-text";
import { countNouns, isWhole, verdictLines } from "@florenetes/process-kit";
import { compareConfig, type ConfigDifference } from "./config-differences.ts";
import { judgeLeads, type LeadRow, type ServiceRow, serviceRows } from "./lead-rows.ts";
import { judgeLink, type LinkRow } from "./link-rows.ts";
import type { NodeAnswer, ProgramAnswer } from "./node-facts.ts";
import { silentNode } from "./node-answer.ts";
import { isTold, judgeNode, type NodeFinding, type NodeRow } from "./node-rows.ts";
import { judgeAuthorities, judgeLists, judgeRollout, judgeVersions } from "./whole-mesh.ts";

/** A whole mesh, as its nodes tell it. `flor mesh status --json` prints it. */
export interface MeshPicture {
  readonly cluster: string;
  readonly isWhole: boolean;
  /** Findings about causes come before those about consequences. */
  readonly findings: readonly NodeFinding[];
  readonly nodes: readonly NodeRow[];
  readonly links: readonly LinkRow[];
  readonly leads: readonly LeadRow[];
  readonly services: readonly ServiceRow[];
  readonly differences: readonly ConfigDifference[];
}

/** The mesh as it should be. */
export interface ExpectedMesh {
  readonly mesh: Mesh;
  /** The nodes' configs, by their names. */
  readonly configs: ReadonlyMap<string, NodeConfig>;
  /** Whether the labels of the nodes are known, which are in the lock file. */
  readonly hasLabels: boolean;
}

/** Merges the answers of nodes, by their names, into one picture of the mesh. Pure. Answers are not trusted. */
export function drawPicture(expected: ExpectedMesh, told: ReadonlyMap<string, NodeAnswer>): MeshPicture {
  const { mesh, configs, hasLabels } = expected;
  const answers = new Map(mesh.nodes.map(({ name }) => [name, checkedAnswer(mesh.cluster, name, told.get(name))]));
  const differences = mesh.nodes.flatMap(({ name }) => {
    const answer = answers.get(name)!.clusterFlor;
    return isTold(answer) ? compareConfig({ mesh, hasLabels, config: configs.get(name)! }, answer.status) : [];
  });
  const nodes = mesh.nodes.map(({ name }) => {
    const own = differences.filter(({ node }) => node === name);
    return judgeNode(mesh.cluster, name, answers.get(name)!, own);
  });
  const authorities = judgeAuthorities(mesh.cluster, answers);
  const links = mesh.links.map((link) => judgeLink(link, answers, authorities.nodes));
  const lists = judgeLists(mesh.cluster, answers);
  const blamed = new Set([...authorities.nodes, ...lists.map(({ node }) => node)]);
  const nodeRows = nodes.map(({ row }): NodeRow => {
    return row.state === "whole" && blamed.has(row.node) ? { ...row, state: "not whole" } : row;
  });
  const linkRows = links.map(({ row }) => row);
  const leads = judgeLeads(mesh, configs, answers, nodeRows, linkRows);
  const findings = [
    ...authorities.findings,
    ...nodes.flatMap((each) => each.findings),
    ...judgeRollout(answers, differences),
    ...lists,
    ...judgeVersions(answers),
    ...links.flatMap((each) => each.findings),
    ...leads.findings,
  ];
  return {
    cluster: mesh.cluster,
    isWhole: isWhole(findings),
    findings,
    nodes: nodeRows,
    links: linkRows,
    leads: leads.rows,
    services: serviceRows(mesh, answers),
    differences,
  };
}

/** Counts a node as silent when another vertex has answered, for instance because `--via` leads astray. */
export function checkedAnswer(cluster: string, node: string, answer: NodeAnswer | undefined): NodeAnswer {
  if (answer === undefined) return silentNode("it was not asked");
  return {
    clusterFlor: ofNode(answer.clusterFlor, ({ vertex, cluster: its }) =>
      vertex === node && its === cluster ? undefined : `it is ${vertex} of cluster ${its} that answers`,
    ),
    linkFlor: ofNode(answer.linkFlor, ({ clusters }) => {
      const principal = clusters.find((each) => each.cluster === cluster)?.principal ?? `vertex/${node}`;
      return principal === `vertex/${node}` ? undefined : `it is the one of ${principal} that answers`;
    }),
  };
}

function ofNode<Status>(
  answer: ProgramAnswer<Status>,
  astray: (status: Status) => string | undefined,
): ProgramAnswer<Status> {
  const silence = isTold(answer) ? astray(answer.status) : undefined;
  return silence === undefined ? answer : { silence };
}

/** The first lines of the picture: whether the mesh is whole, and if not, how much of it is not, and what to do first. */
export function meshVerdict(picture: MeshPicture): readonly string[] {
  const { findings, nodes, links, leads, services } = picture;
  const tunnels = leads.filter(({ kind }) => kind === "tunnel");
  const sessions = leads.filter(({ kind }) => kind === "session");
  const isLost = ({ state }: LeadRow): boolean => state === "broken" || state === "unknown";
  const counted = (noun: string, all: number, bad: number): string[] =>
    bad === 0 ? [] : [`${bad} of ${all} ${noun}${all === 1 ? "" : "s"}`];
  const counts = [
    ...counted("node", nodes.length, nodes.filter(({ state }) => state !== "whole").length),
    ...counted("link", links.length, links.filter(({ state }) => state !== "up").length),
    ...counted("tunnel", tunnels.length, tunnels.filter(isLost).length),
    ...counted("session service", sessions.length, sessions.filter(isLost).length),
  ].join(", ");
  const first = findings.find(({ weight }) => weight === "fault");
  const told = findings.map((finding): Finding => {
    return finding === first && counts !== "" ? { ...finding, text: `${counts}. First: ${finding.text}` } : finding;
  });
  const sums = {
    node: nodes.length,
    link: links.length,
    tunnel: tunnels.length,
    "session service": sessions.length,
    service: services.length,
  };
  return verdictLines(told, `cluster ${picture.cluster}, ${countNouns(sums)}`);
}
