import { aimsOf, aimTable } from "./aims.ts";
import { renderMicro } from "./micro/micro-table.ts";
import { linksText } from "./place.ts";
import { nameOf, resultsIn, type Run } from "./run.ts";
import { recoveryTable } from "./relays/recovery-table.ts";
import { FAULTS } from "./system.ts";
import type { SystemResult } from "./system-result.ts";
import { type Column, medians, problemLines, tableOf, text } from "./tables.ts";

const NAME: Column = { heading: "system", cell: nameOf };
const LINKS: Column = { heading: "links", cell: ({ links }) => text(links) };
const THROUGHPUT = medians("Mbit/s, 1 / 8 streams", ["Mbit/s, 1", "Mbit/s, 8"]);
const CPU = medians("CPU s per GB, 1 / 8", ["CPU s per GB, 1", "CPU s per GB, 8"], 1);
const ROUND_TRIP = medians("round trip µs, p50 / p99", ["round trip, p50", "round trip, p99"]);
const CONNECTIONS = medians("connections/s, 1 / 16 at once", ["connections/s, 1", "connections/s, 16"]);

const DATAGRAM_CPU = medians("", ["CPU s per million datagrams, highest", "CPU s per million datagrams, 100"], 1);

/** The columns that a reader who chooses wants to see first. CPU time of the kernel is that of the whole machine. */
const MAIN: readonly Column[] = [
  NAME,
  LINKS,
  { heading: "e2e encrypted", cell: encryptedText },
  THROUGHPUT,
  { heading: CPU.heading, cell: (result) => `${CPU.cell(result)}${result.key === "kernel" ? "*" : ""}` },
  ROUND_TRIP,
  CONNECTIONS,
  medians("PSS MB idle, all processes", ["memory, idle"]),
];

const MORE: readonly Column[] = [
  medians("round trip beside bulk, no limit", ["beside bulk, p50", "beside bulk, p99"]),
  medians("… beside 200 Mbit/s", ["beside 200 Mbit/s, p50", "beside 200 Mbit/s, p99"]),
  medians("PSS MB with 200 / 10,000 connections open", ["memory, 200 open", "memory, 10000 open"]),
  medians("KB per idle connection", ["KB per connection"], 1),
  medians("ready after s", ["ready s"], 1),
];

const BAD_WIRE: readonly Column[] = [
  { heading: "wire", cell: ({ place }) => place.title },
  LINKS,
  NAME,
  medians("Mbit/s", ["Mbit/s, 1"], 1),
  medians("round trip ms, p50 / p99", ["round trip, p50", "round trip, p99"], 1, 1e-3),
  medians("… beside bulk", ["beside bulk, p50", "beside bulk, p99"], 1, 1e-3),
];

const CLASSES: readonly Column[] = [
  LINKS,
  { heading: "traffic of the mesh", cell: ({ place }) => place.title },
  ROUND_TRIP,
  medians("… beside 8 bulk streams", ["beside 8 streams, p50", "beside 8 streams, p99"]),
  medians("Mbit/s of the bulk", ["Mbit/s, 8"], 1),
];

const DATAGRAMS: readonly Column[] = [
  { heading: "datagrams of 1,200 bytes", cell: nameOf },
  LINKS,
  { heading: "e2e encrypted", cell: encryptedText },
  medians("per second, below 1 % lost", ["datagrams/s"]),
  {
    heading: "CPU s per million then / at 100 Mbit/s",
    cell: (result) => `${DATAGRAM_CPU.cell(result)}${result.key === "kernel" ? "*" : ""}`,
  },
  medians("at 100 Mbit/s: lost %", ["datagrams lost %, 100"], 2),
  medians("jitter µs", ["jitter, 100"]),
];

const VPN: readonly Column[] = [
  { heading: "packets to a machine behind d", cell: nameOf },
  LINKS,
  { heading: "wires", cell: ({ place }) => place.title },
  THROUGHPUT,
  CPU,
  ROUND_TRIP,
  medians("CPU µs per datagram of 1,200 bytes at 100 Mbit/s", ["CPU s per million datagrams, 100"], 1),
  medians("lost %", ["datagrams lost %, 100"], 2),
  medians(
    "round trip ms beside 8 bulk streams, p50 / p99",
    ["beside 8 streams, p50", "beside 8 streams, p99"],
    1,
    1e-3,
  ),
  medians("PSS MB idle, all processes", ["memory, idle"]),
];

const OTHER_PLACE: readonly Column[] = [
  { heading: "place", cell: ({ place }) => place.title },
  LINKS,
  NAME,
  THROUGHPUT,
  CPU,
  ROUND_TRIP,
];

const LINK_VERTICES: readonly Column[] = [
  NAME,
  LINKS,
  medians("Mbit/s, 1 / 8 streams", ["Mbit/s, 1", "Mbit/s, 8"], 2),
  CPU,
  medians("round trip ms, p50 / p99", ["round trip, p50", "round trip, p99"], 2, 1e-3),
];

const RELAYS: readonly Column[] = [
  { heading: "over two relays", cell: nameOf },
  medians("Mbit/s, 1 / 8 streams", ["Mbit/s, 1", "Mbit/s, 8"], 2),
  CPU,
  {
    heading: "the relay in use is killed: connections lost; longest pause ms",
    cell: ({ figures }) => {
      const lost = figures["lost, relay in use killed"];
      const pauses = figures["pause ms, relay in use killed"] ?? [];
      if (lost === undefined) return "–";
      return `${lost.filter((one) => one !== 0).length} of ${lost.length}; ${pauses.map((pause) => pause.toFixed(0)).join(", ")}`;
    },
  },
];

const SWITCH: readonly Column[] = [
  { heading: "a bulk transfer whose relay is killed", cell: nameOf },
  medians("ms to 90 % of the former rate, after the switch / of a fresh connection", [
    "ramp ms, switched",
    "ramp ms, fresh",
  ]),
];

const FLOOR: readonly Column[] = [{ heading: "floor", cell: nameOf }, CPU, ROUND_TRIP, CONNECTIONS];

const TRANSIT: readonly Column[] = [
  { heading: "through one node", cell: nameOf },
  medians("packets/s", ["packets/s"]),
  medians("µs of CPU per packet, link-flor / cluster-flor", ["link-flor µs", "cluster-flor µs"], 1),
  medians("lost %", ["lost %"], 1),
];

const AGENTS: readonly Column[] = [
  { heading: "process of a node with an agent", cell: nameOf },
  medians("CPU % of a core, idle / 10 changes/s / flood", ["CPU %, idle", "CPU %, 10 changes/s", "CPU %, flood"], 2),
  medians("PSS MB, idle / 10 changes/s / flood", ["PSS MB, idle", "PSS MB, 10 changes/s", "PSS MB, flood"], 1),
];

const START: readonly Column[] = [
  { heading: "start; memory while idle", cell: nameOf },
  medians("CPU ms until ready", ["CPU ms until ready"]),
  medians("ms", ["ms until ready"]),
  medians("PSS MB", ["MB, all"], 1),
  ...(["V8 and buffers", "machine code", "C heap", "Node's file", "libraries"] as const).map((part) =>
    medians(part, [`MB, ${part}`], 1),
  ),
  medians("MB with no other process of Node", ["MB alone"], 1),
];

const STORAGE: readonly Column[] = [
  { heading: "a file over one relay", cell: nameOf },
  medians("Mbit/s", ["Mbit/s, 1"]),
];

/** The effects of outages on a connection from a to d. */
const OUTAGES: readonly Column[] = [
  { heading: "lived; ms of the outage / longest pause / beyond the outage", cell: nameOf },
  ...FAULTS.map((fault) => ({
    heading: fault,
    cell: (result: SystemResult): string => {
      const lost = result.figures[`lost, ${fault}`];
      if (lost === undefined) return "–";
      const times = medians("", [`outage ms, ${fault}`, `pause ms, ${fault}`, `beyond ms, ${fault}`]);
      return `${lost.filter((one) => one === 0).length} of ${lost.length}; ${times.cell(result)}`;
    },
  })),
];

const MEANING =
  'A dash where something was not measured; "*": of the whole machine. What each means: docs/develop/bench.md.';

/** The results of a run, as Markdown. Parts that were not measured are left out. The aims come last: a terminal shows them first. */
export function renderRun(run: Run): string {
  const { results, micro } = run;
  const [usual, floors, transit] = [resultsIn(run, "usual"), resultsIn(run, "floor"), resultsIn(run, "transit")];
  const struck = usual.filter(({ figures }) => FAULTS.some((fault) => figures[`lost, ${fault}`]));
  const parts = [
    headOf(run),
    tableOf([...MAIN, ...MORE], usual),
    usual.map(remarksOn).join(""),
    tableOf(OUTAGES, struck),
    tableOf(OTHER_PLACE, [...resultsIn(run, "offloads-off"), ...resultsIn(run, "links")]),
    tableOf(BAD_WIRE, resultsIn(run, "bad-link")),
    tableOf(CLASSES, resultsIn(run, "classes")),
    tableOf(DATAGRAMS, resultsIn(run, "datagrams")),
    tableOf(LINK_VERTICES, resultsIn(run, "link-vertices")),
    tableOf(VPN, resultsIn(run, "vpn")),
    tableOf(RELAYS, resultsIn(run, "relays")),
    recoveryTable(resultsIn(run, "recovery")),
    tableOf(SWITCH, resultsIn(run, "switch")),
    results.map(missingText).join(""),
    tableOf(FLOOR, floors),
    floors.map(remarksOn).join(""),
    tableOf(TRANSIT, transit),
    tableOf(AGENTS, resultsIn(run, "agents")),
    tableOf(START, resultsIn(run, "start")),
    tableOf(STORAGE, resultsIn(run, "storage")),
    micro.length === 0 ? "" : renderMicro(micro),
    aimTable(aimsOf(run)),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

/** The columns that are published. */
export function mainTable(run: Run): string {
  return tableOf(MAIN, resultsIn(run, "usual"));
}

function headOf({ takenAt, tookSeconds, commit, machine, plan }: Run): string {
  const runs = plan.repeats === 1 ? "one run" : `${plan.repeats} runs`;
  return `Taken ${takenAt} in ${(tookSeconds / 60).toFixed(1)} minutes at ${commit}, on ${machine}; medians of ${runs}.\n${MEANING}\n`;
}

function remarksOn({ description }: SystemResult): string {
  if (description === undefined) return "";
  const { name, version, about } = description;
  return `- ${name}: ${[version, about].filter(Boolean).join("; ")}.\n`;
}

function encryptedText({ description }: SystemResult): string {
  return description === undefined ? "–" : description.isEncryptedEndToEnd ? "yes" : "no";
}

function missingText(result: SystemResult): string {
  const { place, problems } = result;
  const where = ["usual", "floor", "transit", "agents", "start", "storage"].includes(place.of)
    ? []
    : [...new Set([place.title, linksText(place.links)])];
  return problemLines([...where, nameOf(result)].join(", "), problems);
}
