import type { TextTable } from "@florenetes/console";
import { formatDuration } from "@florenetes/operator-text";
import { formatRate, formatTable } from "@florenetes/process-kit";
import type { LeadRow, ServiceRow } from "./lead-rows.ts";
import type { LinkEndRow, LinkRow } from "./link-rows.ts";
import { type MeshPicture, meshVerdict } from "./mesh-picture.ts";
import type { NodeRow, ProgramRow } from "./node-rows.ts";

/** The picture for people: the verdict, and a table for each kind of thing that the mesh has. @param width columns of the terminal */
export function formatPicture(picture: MeshPicture, width: number): string {
  const tables = pictureTables(picture).map(({ title, header, rows }) => formatTable(title, header, rows, width));
  return [`${meshVerdict(picture).join("\n")}\n`, ...tables.filter((table) => table !== "")].join("\n").trimEnd();
}

/** The number of tables of a picture. */
export const MESH_TABLES = 5;

/**
 * The tables of a picture. Those of what the mesh does not have are without rows. `STATE`, where there is such a column, has a word of `isGoodState` or a
 * bad state in capitals.
 */
export function pictureTables(picture: MeshPicture): readonly TextTable[] {
  return [
    { title: "nodes", header: NODE_HEADER, rows: picture.nodes.map(nodeCells) },
    { title: "links, each by the words of both its ends", header: LINK_HEADER, rows: picture.links.map(linkCells) },
    { title: "tunnels, and services of data sessions", header: LEAD_HEADER, rows: picture.leads.map(leadCells) },
    { title: "services", header: SERVICE_HEADER, rows: picture.services.map(serviceCells) },
    {
      title: "nodes that differ from the mesh file",
      header: ["NODE", "HAS", "OF THIS"],
      rows: picture.differences.map(({ node, kind, what }) => [node, KINDS[kind], what]),
    },
  ];
}

const KINDS = { missing: "nothing", other: "another", extra: "too much" } as const;

const NODE_HEADER = ["NODE", "STATE", "CLUSTER-FLOR", "LINK-FLOR", "REASON"];
const LINK_HEADER = ["LINK", "STATE", "RTT", "LOSS", "OUT", "IN", "ENDS"];
const LEAD_HEADER = ["NODE", "STATE", "HEARD", "SERVICE", "LISTEN", "PATH", "REASON"];
const SERVICE_HEADER = ["SERVICE", "NODE", "STATE", "TARGET", "OPEN", "TOTAL", "REASON"];

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

function serviceCells({ service, node, state, target, open, total, reason }: ServiceRow): string[] {
  return [service, node, stateWord(state), target, String(open ?? "-"), String(total ?? "-"), reason];
}

/** Writes a bad state in capitals. */
function stateWord(state: string): string {
  return isGoodState(state) ? state : state.toUpperCase();
}

/** Whether nothing is wrong with a thing of that state. */
export function isGoodState(state: string): boolean {
  return WELL.has(state);
}

const WELL: ReadonlySet<string> = new Set(["whole", "up", "reachable", "idle", "takes"]);
