import { fault, type Finding } from "@florenetes/operator-text";
import { isWhole, type StatusFinding } from "@florenetes/process-kit";
import type { ConfigDifference } from "./config-differences.ts";
import { DIFFERENCES_SHOWN, FINDINGS_SHOWN } from "./limits.ts";
import type { ClusterFacts, LinkFacts, NodeAnswer, ProgramAnswer } from "./node-facts.ts";

/** A program of a node. */
export interface ProgramRow {
  /** `unasked`: the program is not asked. */
  readonly state: "up" | "silent" | "unasked";
  readonly version: string | null;
  readonly startedAt: string | null;
  /** The reason why there is no answer, else "". */
  readonly reason: string;
}

export interface NodeRow {
  readonly node: string;
  /** `silent`: neither program answers. The state of links does not count here. */
  readonly state: "whole" | "not whole" | "silent";
  readonly clusterFlor: ProgramRow;
  readonly linkFlor: ProgramRow;
}

/** A finding about a node. */
export type NodeFinding = Finding & { readonly node: string };

/** Judges a node's processes and their config. */
export function judgeNode(
  cluster: string,
  node: string,
  answer: NodeAnswer,
  differences: readonly ConfigDifference[],
): { readonly row: NodeRow; readonly findings: readonly NodeFinding[] } {
  const { clusterFlor, linkFlor } = answer;
  const findings = [
    ...silenceFindings(node, answer),
    ...(isTold(linkFlor) ? linkFlorFindings(cluster, linkFlor.status) : []),
    ...(isTold(clusterFlor) ? clusterFlorFindings(clusterFlor.status, isSilent(linkFlor)) : []),
    ...differenceFindings(differences),
  ].map((finding) => ({ ...finding, node, text: `node ${node}: ${finding.text}` }));
  const isGone = !isTold(clusterFlor) && !isTold(linkFlor);
  const state = isGone ? "silent" : isWhole(findings) ? "whole" : "not whole";
  const row: NodeRow = { node, state, clusterFlor: programRow(clusterFlor), linkFlor: programRow(linkFlor) };
  return { row, findings };
}

export function isSilent<Status>(answer: ProgramAnswer<Status>): answer is { readonly silence: string } {
  return answer !== undefined && "silence" in answer;
}

export function isTold<Status>(answer: ProgramAnswer<Status>): answer is { readonly status: Status } {
  return answer !== undefined && "status" in answer;
}

function programRow(answer: ProgramAnswer<ClusterFacts | LinkFacts>): ProgramRow {
  if (answer === undefined) return { state: "unasked", version: null, startedAt: null, reason: "" };
  if (isSilent(answer)) return { state: "silent", version: null, startedAt: null, reason: answer.silence };
  const { version, startedAt } = answer.status;
  return { state: "up", version, startedAt, reason: "" };
}

/** If both programs are silent for one reason, a single finding says so of the node. */
function silenceFindings(node: string, { clusterFlor, linkFlor }: NodeAnswer): readonly Finding[] {
  const silences = [
    ...(isSilent(clusterFlor) ? [{ program: "cluster-flor", silence: clusterFlor.silence }] : []),
    ...(isSilent(linkFlor) ? [{ program: "link-flor", silence: linkFlor.silence }] : []),
  ];
  const [first, second] = silences;
  if (first !== undefined && (linkFlor === undefined || first.silence === second?.silence)) {
    const advice = `Does the machine run, and does \`--via\` lead there? Nothing is known of it but what its neighbours see.`;
    return [fault(`no answer (${first.silence})`, advice)];
  }
  return silences.map(({ program, silence }) => {
    return fault(
      `${program} does not answer (${silence})`,
      `Start it there, or look at its log: \`flor doctor\` on ${node} says more.`,
    );
  });
}

/** Findings of link-flor, except about links, which are judged by both their ends, and about portals, of which cluster-flor tells. */
function linkFlorFindings(cluster: string, { clusters, findings }: LinkFacts): readonly Finding[] {
  const own = findings.filter((finding) => finding.cluster === undefined || finding.cluster === cluster);
  const isServed = clusters.some((each) => each.cluster === cluster);
  const isDown = own.some(({ about }) => about === "part");
  return [
    ...shown(own.filter(({ about }) => about !== "link" && about !== "portal")),
    ...(isServed || isDown
      ? []
      : [fault("link-flor does not know the cluster", "Give it the link-flor.yaml that `flor mesh render` writes.")]),
  ];
}

/** Findings of cluster-flor, except about links, which are judged by both their ends, and about connections, which are judged by their
 *  whole ways. */
function clusterFlorFindings({ findings }: ClusterFacts, isLinkFlorSilent: boolean): readonly Finding[] {
  return shown(
    findings.filter(({ about }) => {
      return about !== "link" && about !== "connection" && !(about === "portal" && isLinkFlorSilent);
    }),
  );
}

function shown(findings: readonly StatusFinding[]): readonly Finding[] {
  return findings.slice(0, FINDINGS_SHOWN).map(({ weight, text, advice }) => ({ weight, text, advice }));
}

function differenceFindings(differences: readonly ConfigDifference[]): readonly Finding[] {
  const told = (kind: ConfigDifference["kind"]): readonly string[] =>
    differences.filter((difference) => difference.kind === kind).map(({ what }) => what);
  const clauses = [clauseOf("no ", told("missing")), clauseOf("another ", told("other"))].filter((each) => each !== "");
  const extras = clauseOf("", told("extra"));
  return [
    ...(clauses.length === 0
      ? []
      : [
          fault(
            `it runs another config than the mesh file gives it: ${clauses.join("; ")}`,
            "`flor mesh plan` says in which order nodes take theirs; then `cluster-flor reload`.",
          ),
        ]),
    ...(extras === ""
      ? []
      : [
          {
            weight: "warning" as const,
            text: `it has what the mesh file has not: ${extras}`,
            advice: "Write it into the mesh file, or take it from the node.",
          },
        ]),
  ];
}

function clauseOf(prefix: string, whats: readonly string[]): string {
  const shown = whats.slice(0, DIFFERENCES_SHOWN).map((what) => prefix + what);
  const more = whats.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}
