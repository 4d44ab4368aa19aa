import { formatDuration, formatRate, formatTable } from "@florenetes/process-kit";
import type { LeadRow } from "./lead-rows.ts";
import type { LinkEndRow, LinkRow } from "./link-rows.ts";
import { type MeshPicture, meshVerdict } from "./mesh-picture.ts";
import type { NodeRow, ProgramRow } from "./node-rows.ts";

/** The picture for people: the verdict, and a table for each kind of thing that the mesh has. @param width columns of the terminal */
export function formatPicture(picture: MeshPicture, width: number): string {
  const tables = [
    formatTable("nodes", NODE_HEADER, picture.nodes.map(nodeCells), width),
    formatTable("links, each by the words of both its ends", LINK_HEADER, picture.links.map(linkCells), width),
    formatTable("tunnels, and services of data sessions", LEAD_HEADER, picture.leads.map(leadCells), width),
    formatTable(
      "services",
      ["SERVICE", "NODE", "STATE", "TARGET", "OPEN", "TOTAL", "REASON"],
      picture.services.map(({ service, node, state, target, open, total, reason }) => {
        return [service, node, stateWord(state), target, String(open ?? "-"), String(total ?? "-"), reason];
      }),
      width,
    ),
    formatTable(
      "nodes that differ from the mesh file",
      ["NODE", "HAS", "OF THIS"],
      picture.differences.map(({ node, kind, what }) => [node, KINDS[kind], what]),
      width,
    ),
  ];
  return [`${meshVerdict(picture).join("\n")}\n`, ...tables.filter((table) => table !== "")].join("\n").trimEnd();
}

const KINDS = { missing: "nothing", other: "another", extra: "too much" } as const;

const NODE_HEADER = ["NODE", "STATE", "CLUSTER-FLOR", "LINK-FLOR", "REASON"];
const LINK_HEADER = ["LINK", "STATE", "RTT", "LOSS", "OUT", "IN", "ENDS"];
const LEAD_HEADER = ["NODE", "STATE", "HEARD", "SERVICE", "LISTEN", "PATH", "REASON"];

function nodeCells({ node, state, clusterFlor, linkFlor }: NodeRow): string[] {
  const reasons = [...new Set([clusterFlor.reason, linkFlor.reason])].filter((reason) => reason !== "");
  return [node, stateWord(state), programCell(clusterFlor), programCell(linkFlor), reasons.join("; ")];
}

/** The version of a program, and the time of its start, to the second, in UTC. */
function programCell({ state, version, startedAt }: ProgramRow): string {
  if (state === "unasked") return "-";
  return state === "silent" ? "no answer" : `${version} ${startedAt?.replace(/\.\d+Z$/, "Z")}`;
}

function linkCells({ link, state, ends }: LinkRow): string[] {
  const both = (cell: (end: LinkEndRow) => string): string => {
    const cells = ends.map(cell);
    return cells.every((each) => each === "-") ? "-" : cells.join(" | ");
  };
  return [
    link,
    stateWord(state),
    both(({ rttMs }) => (rttMs === null ? "-" : `${rttMs.toFixed(1)} ms`)),
    both(({ lossRatio }) => (lossRatio === null ? "-" : `${(lossRatio * 100).toFixed(1)} %`)),
    both(({ sentBitsPerSecond }) => (sentBitsPerSecond === null ? "-" : formatRate(sentBitsPerSecond))),
    both(({ receivedBitsPerSecond }) => (receivedBitsPerSecond === null ? "-" : formatRate(receivedBitsPerSecond))),
    state === "up" && ends.every((end) => end.state === "up") ? "" : ends.map(endWords).join(", "),
  ];
}

/** Says `up at a`, or `down at b (TIMEOUT: no answer)`. */
function endWords({ node, state, code, text }: LinkEndRow): string {
  const why = [code, text].filter((each) => each !== "").join(": ");
  return `${state} at ${node}${why === "" ? "" : ` (${why})`}`;
}

function leadCells({ node, listen, service, state, heardMs, hops, reason }: LeadRow): string[] {
  const heard = heardMs === null ? "-" : `${formatDuration(heardMs)} ago`;
  return [node, stateWord(state), heard, service, listen, hops.join(" "), reason];
}

/** Writes a bad state in capitals. */
function stateWord(state: string): string {
  return WELL.has(state) ? state : state.toUpperCase();
}

const WELL: ReadonlySet<string> = new Set(["whole", "up", "reachable", "idle", "takes"]);
