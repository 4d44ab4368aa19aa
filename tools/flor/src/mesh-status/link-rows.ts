import { localLinkName, type Mesh, type MeshLink, otherEnd } from "@florenetes/mesh-file";
import type { NodeAnswer } from "./node-facts.ts";
import { isSilent, isTold, type NodeFinding } from "./node-rows.ts";

/** A link as one of its ends tells it; null: the end does not. */
export interface LinkEndRow {
  readonly node: string;
  /** `missing`: the node has no such link; `unknown`: the node does not answer. */
  readonly state: "up" | "connecting" | "down" | "refused" | "waiting" | "missing" | "unknown";
  readonly code: string;
  readonly text: string;
  readonly rttMs: number | null;
  readonly lossRatio: number | null;
  readonly sentBitsPerSecond: number | null;
  readonly receivedBitsPerSecond: number | null;
}

export interface LinkRow {
  /** Both ends, and the tag unless it is `0`: `a - b/1`. */
  readonly link: string;
  /** `one-way`: the link is up at one end only; `unknown`: no end tells anything. */
  readonly state: "up" | "one-way" | "down" | "missing" | "unknown";
  readonly ends: readonly [LinkEndRow, LinkEndRow];
}

/**
 * Judges a link by what both its ends tell. Consequences of a silent process, or of a missing part of a config, have no finding.
 *
 * @param strangers nodes that have a finding about another CA
 */
export function judgeLink(
  link: MeshLink,
  answers: ReadonlyMap<string, NodeAnswer>,
  strangers: ReadonlySet<string>,
): { readonly row: LinkRow; readonly findings: readonly NodeFinding[] } {
  const [a, b] = link.between;
  const ends = [endOf(link, a, answers), endOf(link, b, answers)] as const;
  const name = linkName(link);
  const state = stateOf(ends);
  const row: LinkRow = { link: name, state, ends };
  const isExplained =
    state === "missing" ||
    ends.some((end) => end.state === "waiting") ||
    link.between.some((node) => hasSilence(answers.get(node))) ||
    (link.between.some((node) => strangers.has(node)) && ends.some(({ code }) => AUTHORITY_CODES.has(code)));
  if (state === "up" || state === "unknown" || isExplained) return { row, findings: [] };
  return { row, findings: [finding(link, row)] };
}

/** With these codes, a chain leads to no root that the other end trusts. */
const AUTHORITY_CODES: ReadonlySet<string> = new Set(["UNTRUSTED", "UNTRUSTED_BY_PEER"]);

/** The name of a link, which is the same at both ends. */
export function linkName({ between: [a, b], tag }: Mesh["links"][number]): string {
  return tag === "0" ? `${a} - ${b}` : `${a} - ${b}/${tag}`;
}

function hasSilence(answer: NodeAnswer | undefined): boolean {
  return answer === undefined || isSilent(answer.clusterFlor) || isSilent(answer.linkFlor);
}

const NOTHING = {
  code: "",
  text: "",
  rttMs: null,
  lossRatio: null,
  sentBitsPerSecond: null,
  receivedBitsPerSecond: null,
} as const;

function endOf(link: MeshLink, node: string, answers: ReadonlyMap<string, NodeAnswer>): LinkEndRow {
  const answer = answers.get(node)?.clusterFlor;
  if (!isTold(answer)) return { node, state: "unknown", ...NOTHING };
  const told = answer.status.links.find(({ name }) => name === localLinkName(link, node));
  if (told === undefined || told.peer !== otherEnd(link, node)) return { node, state: "missing", ...NOTHING };
  const { state, code, text, isNeverContacted, figures } = told;
  return {
    node,
    state,
    code,
    text: isNeverContacted ? "never contacted" : text,
    rttMs: figures?.rttMs ?? null,
    lossRatio: figures?.lossRatio ?? null,
    sentBitsPerSecond: figures?.sentBitsPerSecond ?? null,
    receivedBitsPerSecond: figures?.receivedBitsPerSecond ?? null,
  };
}

function stateOf(ends: LinkRow["ends"]): LinkRow["state"] {
  const known = ends.filter(({ state }) => state !== "unknown");
  const isUp = known.some(({ state }) => state === "up");
  if (known.length === 0) return "unknown";
  if (known.every(({ state }) => state === "up")) return "up";
  if (known.some(({ state }) => state === "missing")) return "missing";
  return isUp ? "one-way" : "down";
}

function finding(link: MeshLink, { link: name, state, ends }: LinkRow): NodeFinding {
  // An end that refuses gives the reason. The other end mostly says that there was no answer.
  const bad =
    ends.find(({ state: its }) => its === "refused") ??
    ends.find(({ state: its }) => its !== "up" && its !== "unknown")!;
  const good = ends.find((end) => end.state === "up");
  const why = [bad.code, bad.text].filter((each) => each !== "").join(": ");
  const where = `${bad.state} at ${bad.node}${why === "" ? "" : ` (${why})`}`;
  const text = state === "one-way" ? `link ${name} is up at ${good!.node} alone: ${where}` : `link ${name} is ${where}`;
  const { originator } = link;
  const advice =
    bad.state === "refused"
      ? `\`flor explain ${bad.code}\` says what it means; one of the two nodes has to change.`
      : state === "one-way"
        ? `Do datagrams get through from ${good!.node} to ${bad.node}? If it does not heal within seconds: \`link-flor status\` on both.`
        : `${originator} calls ${otherEnd(link, originator)}: is the endpoint its address, and does UDP get through?`;
  return { weight: "fault", node: bad.node, text, advice };
}
