import { type Aim, atLeast, atMost, type Found, median, millisecondsOf } from "./aim.ts";
import { type FigureName, medianOf, quantile } from "./figures.ts";
import { TAKEN, VERIFIED } from "./micro/subjects/facts.ts";
import { CLASSES_MEGABITS, linksText, LONG_WIRE, SLOW_WIRE } from "./place.ts";
import { nameOf, resultOf, resultsIn } from "./run.ts";
import { BOTH } from "./start/start.ts";
import { GET, PUT, RSYNC, RSYNC_BACK } from "./storage/storage.ts";
import type { SystemResult } from "./system-result.ts";
import { markdownTable } from "./tables.ts";
import { vpnAims } from "./vpn/vpn-aims.ts";

/** Peers that carry packets over UDP, as the mesh does. */
const UDP_PEERS = ["nebula"];
/** Systems that are no peers: the mesh itself, and the kernel, which is the limit of the machine. */
const NO_PEERS = ["florenetes", "kernel"];
const FLOOR_TIMES_MAX = 1.5;
const FLOOR_SHARE_MIN = 0.7;
/** CPU time and throughput as multiples of haproxy's, which encrypts as often, by the number of streams. */
const PROXY_CPU_TIMES_MAX = { 1: 1.2, 8: 0.95 } as const;
const PROXY_SHARE_MIN = { 1: 0.8, 8: 1.05 } as const;
const PROXY_ROUND_TRIP_TIMES_MAX = 1.15;
const PROXY_BESIDE_TIMES_MAX = 1.3;
const BESIDE_BULK_MICROS_MAX = { p50: 4_000, p99: 8_000 } as const;
const BEYOND_OUTAGE_MS_MAX = 300;
const RESTART_MS_MAX = 100;
const OFFLOADS_OFF_TIMES_MAX = 1.3;
const NODE_MEGABYTES_MAX = 140;
const CONNECTION_KILOBYTES_MAX = 6;
/** A second round of connections may leave this many times the memory of the first. */
const FLAT_TIMES_MAX = 1.1;
/** A cost is flat up to this many times that of the smallest table, or if it is hardly more, since the largest tables outgrow the caches. */
const CURVE_TIMES_MAX = 1.5;
const CURVE_NANOSECONDS_MAX = 500;
/** The share of a slow wire's rate that the mesh has to carry, over one link. */
const SLOW_SHARE_MIN = 0.8;
const LONG_MEGABITS_MIN = 80;
/** Delay that a link's queue aims at (docs/protocol/link-protocol.md). */
const QUEUE_TARGET_MS = 5;

/** Beside bulk of another class a round trip may take this many times its time alone, and a payload's time for each link. */
const CLASSES_IDLE_TIMES_MAX = 1.2;
/** Milliseconds that a UDP payload takes on the wire of `classes`: 1,500 bytes. */
const PAYLOAD_MS = (1_500 * 8) / (CLASSES_MEGABITS * 1_000);
/** A class of its own for bulk shortens round trips to this share at most, and leaves the bulk this share of its throughput at least. */
const CLASSES_SHARE_MAX = 0.5;
const CLASSES_BULK_SHARE_MIN = 0.9;

const DATAGRAMS_LOST_PERCENT_MAX = 1;

/** The pause of a connection, at the 95th percentile, when something on its route dies. */
const RECOVERY_MS_MAX = { "first link told down": 300, "far relay killed": 1_500 } as const;
/** A transfer has its rate again after this many times what a fresh connection takes. */
const SWITCH_TIMES_MAX = 1.5;

/** A record costs this many times its bare signatures, the agent this many times its cluster vertex, and a flood this much of a core. */
const RECORD_TIMES_MAX = 1.5;
const AGENT_MEMORY_TIMES_MAX = 1.2;
const FLOOD_PERCENT_MAX = 5;
/** Others that run the same Node take over part of the memory of its file. */
const STARTED_MEGABYTES_MAX = 60;
/** A file put to storage, beside rsync. */
const STORAGE_SHARE_MIN = 0.5;

export function aimsOf(run: Found): Aim[] {
  const mesh = resultOf(run, "florenetes");
  const own =
    mesh === undefined
      ? []
      : [...floorAims(mesh, run), ...yardstickAims(mesh, run), ...peerAims(mesh, run), ...ownAims(mesh)];
  return [
    ...own,
    ...offloadsAims(run),
    ...curveAims(run),
    ...recordAims(run),
    ...agentAims(run),
    ...startAims(run),
    ...storageAims(run),
    ...resultsIn(run, "bad-link").flatMap((result) => badWireAims(result, run)),
    ...classesAims(resultsIn(run, "classes")),
    ...datagramAims(run),
    ...vpnAims(run),
    ...resultsIn(run, "recovery").flatMap(recoveryAims),
    ...resultsIn(run, "switch").flatMap(switchAims),
  ];
}

export function isMet({ figure, limit, isLeast }: Aim): boolean {
  return isLeast ? figure >= limit : figure <= limit;
}

/** The aims as a Markdown table, which says which of them are met. */
export function aimTable(aims: readonly Aim[]): string {
  const rows = aims.map((aim) => [
    aim.of,
    withUnit(aim.figure, aim.unit),
    `${aim.isLeast ? "at least" : "at most"} ${withUnit(aim.limit, aim.unit)}${aim.because === "" ? "" : ` (${aim.because})`}`,
    aim.limit === 0 ? "–" : (aim.figure / aim.limit).toFixed(2),
    isMet(aim) ? "met" : "not met",
  ]);
  return markdownTable(["aim", "the mesh", "where it is to be", "mesh / limit", ""], rows);
}

function withUnit(value: number, unit: string): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
  return `${Number(value.toFixed(digits)).toLocaleString("en")} ${unit}`.trim();
}

function floorAims(mesh: SystemResult, run: Found): Aim[] {
  const floorsOf = (name: FigureName): number[] =>
    resultsIn(run, "floor").flatMap((floor) => median(floor, name) ?? []);
  const because = `${FLOOR_TIMES_MAX} times the floor`;
  const times = (["CPU s per GB, 1", "CPU s per GB, 8", "round trip, p50"] as const).flatMap((name) => {
    const least = floorsOf(name).toSorted((one, other) => one - other)[0];
    const unit = name === "round trip, p50" ? "µs" : "s/GB";
    return atMost(name, unit, median(mesh, name), least && FLOOR_TIMES_MAX * least, because);
  });
  const shares = (["connections/s, 1", "connections/s, 16"] as const).flatMap((name) => {
    const limit = floorsOf(name).map((floor) => FLOOR_SHARE_MIN * floor)[0];
    return atLeast(name, "/s", median(mesh, name), limit, `${FLOOR_SHARE_MIN} of the floor`);
  });
  return [...times, ...shares];
}

/** Today's programs for the mesh's work: haproxy, which encrypts as often, for bytes; `ssh -J`, which is as easy to set up, for round
 *  trips and connections. */
function yardstickAims(mesh: SystemResult, run: Found): Aim[] {
  const [proxy, ssh] = [resultOf(run, "haproxy"), resultOf(run, "ssh-aes-gcm")];
  const beside = (name: FigureName, unit: string, times: number, isLeast = false): Aim[] => {
    const [limit, because] = [median(proxy, name), `${times} times haproxy's`];
    return atMost(`${name}, beside haproxy`, unit, median(mesh, name), limit && times * limit, because, isLeast);
  };
  const byStreams = ([1, 8] as const).flatMap((streams) => [
    ...beside(`CPU s per GB, ${streams}`, "s/GB", PROXY_CPU_TIMES_MAX[streams]),
    ...beside(`Mbit/s, ${streams}`, "Mbit/s", PROXY_SHARE_MIN[streams], true),
  ]);
  const byQuantile = (["p50", "p99"] as const).flatMap((quantile) => {
    const [alone, bulk] = [`round trip, ${quantile}`, `beside bulk, ${quantile}`] as const;
    return [
      ...atMost(`${alone}, beside ssh`, "µs", median(mesh, alone), median(ssh, alone), "ssh -J's"),
      ...atMost(`round trip ${bulk}`, "µs", median(mesh, bulk), BESIDE_BULK_MICROS_MAX[quantile]),
      ...beside(`beside 200 Mbit/s, ${quantile}`, "µs", PROXY_BESIDE_TIMES_MAX),
    ];
  });
  const connections = (["connections/s, 1", "connections/s, 16"] as const).flatMap((name) =>
    atLeast(`${name}, beside ssh`, "/s", median(mesh, name), median(ssh, name), "ssh -J's"),
  );
  return [...byStreams, ...beside("round trip, p50", "µs", PROXY_ROUND_TRIP_TIMES_MAX), ...byQuantile, ...connections];
}

function peerAims(mesh: SystemResult, run: Found): Aim[] {
  const usual = resultsIn(run, "usual");
  const overUdp = usual.filter(({ key }) => UDP_PEERS.includes(key));
  const peers = usual.filter(({ key }) => !NO_PEERS.includes(key));
  /** Results that have the figure, from the least to the most. */
  const ranked = (among: readonly SystemResult[], name: FigureName): SystemResult[] =>
    among.filter(({ figures }) => figures[name]).toSorted((one, other) => median(one, name)! - median(other, name)!);
  const than = (name: FigureName, best: SystemResult | undefined) =>
    [median(mesh, name), median(best, name), best && nameOf(best)] as const;
  const carried = ([1, 8] as const).flatMap((streams) => {
    const [megabits, cpu] = [`Mbit/s, ${streams}`, `CPU s per GB, ${streams}`] as const;
    return [
      ...atLeast(`${megabits}, best peer over UDP`, "Mbit/s", ...than(megabits, ranked(overUdp, megabits).at(-1))),
      ...atMost(`${cpu}, best peer over UDP`, "s/GB", ...than(cpu, ranked(overUdp, cpu)[0])),
    ];
  });
  const waits = (["beside bulk", "beside 200 Mbit/s"] as const)
    .flatMap((beside) => [`${beside}, p50`, `${beside}, p99`] as const)
    .flatMap((name) => atMost(`round trip ${name}, best peer`, "µs", ...than(name, ranked(peers, name)[0])));
  return [...carried, ...waits];
}

function ownAims(mesh: SystemResult): Aim[] {
  const { figures } = mesh;
  const lost = figures["lost, transit killed for 2 s"]?.reduce((sum, one) => sum + one, 0);
  const beyond = figures["beyond ms, transit killed for 2 s"];
  const pauses = figures["pause ms, cluster vertex restarted"];
  const loaded = figures["memory, after a round"] ?? [];
  const flat = (of: string, [first, ...more]: readonly number[] = []): Aim[] => {
    const because = `${FLAT_TIMES_MAX} times that after the first time`;
    return atMost(of, "MB", more.at(-1), first && FLAT_TIMES_MAX * first, because);
  };
  return [
    ...atMost("connections lost when the transit is killed for 2 s", "", lost, 0),
    ...atMost("longest pause beyond the outage then", "ms", beyond && Math.max(...beyond), BEYOND_OUTAGE_MS_MAX),
    ...atMost(
      "longest pause when b's cluster vertex is restarted",
      "ms",
      pauses && Math.max(...pauses),
      RESTART_MS_MAX,
    ),
    ...atMost("memory of an idle node", "MB", median(mesh, "memory, idle node"), NODE_MEGABYTES_MAX),
    ...atMost("memory of an idle connection", "KB", median(mesh, "KB per connection"), CONNECTION_KILOBYTES_MAX),
    ...flat("memory after 10,000 connections, the second time", figures["memory, 10000 closed"]),
    ...flat(`memory after ${loaded.length} rounds of bulk and connections`, loaded),
  ];
}

/** With offloads off, the kernel takes each UDP payload by itself, but TCP's segments together. */
function offloadsAims(run: Found): Aim[] {
  const [mesh, peer] = ["florenetes", "yggdrasil"].map((wanted) =>
    resultsIn(run, "offloads-off").find(({ key }) => key === wanted),
  );
  return (["CPU s per GB, 1", "CPU s per GB, 8"] as const).flatMap((name) => {
    const limit = median(peer, name);
    const because = `${OFFLOADS_OFF_TIMES_MAX} times yggdrasil's`;
    return atMost(
      `${name}, offloads off`,
      "s/GB",
      median(mesh, name),
      limit && OFFLOADS_OFF_TIMES_MAX * limit,
      because,
    );
  });
}

/** Each core has to cost hardly more with its largest table than with its smallest. */
function curveAims({ micro }: Found): Aim[] {
  const points = micro.flatMap(({ name, entries, here }) => {
    const nanoseconds = medianOf(here);
    if (entries === undefined || nanoseconds === undefined) return [];
    return [{ curve: name.replace(entries.toLocaleString("en"), "N"), entries, nanoseconds }];
  });
  return [...Map.groupBy(points, ({ curve }) => curve)].flatMap(([name, [first, ...more]]) => {
    const last = more.at(-1);
    const limit = first && Math.max(first.nanoseconds * CURVE_TIMES_MAX, first.nanoseconds + CURVE_NANOSECONDS_MAX);
    const because = `${CURVE_TIMES_MAX} times what N = ${first?.entries} costs, or ${CURVE_NANOSECONDS_MAX} ns more`;
    return atMost(`${name}, N = ${last?.entries.toLocaleString("en")}`, "ns", last?.nanoseconds, limit, because);
  });
}

function recordAims({ micro }: Found): Aim[] {
  const [taken, verified] = [TAKEN, VERIFIED].map((wanted) =>
    medianOf(micro.find(({ name }) => name === wanted)?.here),
  );
  const because = `${RECORD_TIMES_MAX} times its two bare verifications`;
  return atMost(TAKEN, "ns", taken, verified && RECORD_TIMES_MAX * verified, because);
}

function agentAims(run: Found): Aim[] {
  const [agent, vertex] = ["fabric-flor", "cluster-flor"].map((wanted) =>
    resultsIn(run, "agents").find(({ key }) => key === wanted),
  );
  const memory = median(vertex, "PSS MB, idle");
  const because = `${AGENT_MEMORY_TIMES_MAX} times cluster-flor's`;
  return [
    ...atMost(
      "an idle agent",
      "% of a core",
      median(agent, "CPU %, idle"),
      median(vertex, "CPU %, idle"),
      "cluster-flor's",
    ),
    ...atMost(
      "an idle agent, PSS",
      "MB",
      median(agent, "PSS MB, idle"),
      memory && AGENT_MEMORY_TIMES_MAX * memory,
      because,
    ),
    ...atMost("an agent with a hostile neighbour", "% of a core", median(agent, "CPU %, flood"), FLOOD_PERCENT_MAX),
  ];
}

function startAims(run: Found): Aim[] {
  const both = resultsIn(run, "start").find(({ key }) => key === BOTH);
  return atMost("both processes of an idle node, PSS", "MB", median(both, "MB, all"), STARTED_MEGABYTES_MAX);
}

/** Objects are put to each holder, and got, at least half as fast as rsync takes a file over the same links. */
function storageAims(run: Found): Aim[] {
  const rateOf = (wanted: string): number | undefined =>
    median(
      resultsIn(run, "storage").find(({ key }) => key === wanted),
      "Mbit/s, 1",
    );
  const half = (rate: number | undefined): number | undefined => rate && STORAGE_SHARE_MIN * rate;
  const because = `${STORAGE_SHARE_MIN} of rsync over the same links`;
  return [
    ...atLeast(PUT, "Mbit/s", rateOf(PUT), half(rateOf(RSYNC)), because),
    ...atLeast(GET, "Mbit/s", rateOf(GET), half(rateOf(RSYNC_BACK)), because),
  ];
}

function badWireAims(mesh: SystemResult, run: Found): Aim[] {
  if (mesh.key !== "florenetes") return [];
  const { title, links } = mesh.place;
  const where = `${title}, ${linksText(links)}`;
  const alone = resultsIn(run, "bad-link").find(
    ({ key, place }) => key === "kernel" && place.title === SLOW_WIRE && place.links === 1,
  );
  const carried = median(alone, "Mbit/s, 1");
  const ofWire = `${SLOW_SHARE_MIN} of what the kernel carries over that link alone`;
  const fills = (limit: number | undefined, because: string): Aim[] =>
    atLeast(`throughput, ${where}`, "Mbit/s", median(mesh, "Mbit/s, 1"), limit, because);
  const [idle, beside] = [median(mesh, "round trip, p99"), median(mesh, "beside bulk, p99")].map(
    (micros) => micros && micros / 1000,
  );
  const because = `idle, and ${QUEUE_TARGET_MS} ms for each link's queue`;
  return [
    ...(title === SLOW_WIRE ? fills(carried && SLOW_SHARE_MIN * carried, ofWire) : []),
    ...(title === LONG_WIRE ? fills(LONG_MEGABITS_MIN, "fills it") : []),
    ...atMost(`round trip p99 beside bulk, ${where}`, "ms", beside, idle && idle + QUEUE_TARGET_MS * links, because),
  ];
}

function classesAims(results: readonly SystemResult[]): Aim[] {
  return results.flatMap((result) => {
    const { hasClasses, linkRate, links, badWire } = result.place;
    if (!hasClasses) return [];
    if (linkRate !== undefined) return rateAims(result);
    const one = results.find(({ place }) => !place.hasClasses && place.links === links && place.badWire === badWire);
    return one === undefined ? [] : classAims(result, one);
  });
}

/** Compares interactive traffic beside bulk: with a class for each, and with one class for both. */
function classAims(two: SystemResult, one: SystemResult): Aim[] {
  const where = `${two.place.title}, ${linksText(two.place.links)}`;
  const [trip, alike] = [two, one].map((result) => millisecondsOf(result, "beside 8 streams, p99"));
  const [bulk, carried] = [two, one].map((result) => median(result, "Mbit/s, 8"));
  const because = "half of that with one class";
  return [
    ...atMost(`round trip p99 beside 8 streams, ${where}`, "ms", trip, alike && CLASSES_SHARE_MAX * alike, because),
    ...atLeast(`bulk, ${where}`, "Mbit/s", bulk, carried && CLASSES_BULK_SHARE_MIN * carried, "that with one class"),
  ];
}

/** On a link with a rate, a packet waits until the one that is being sent has left. */
function rateAims(result: SystemResult): Aim[] {
  const { title, links } = result.place;
  const [idle, beside] = (["round trip, p99", "beside 8 streams, p99"] as const).map((figure) =>
    millisecondsOf(result, figure),
  );
  const limit = idle && CLASSES_IDLE_TIMES_MAX * idle + PAYLOAD_MS * links;
  const because = `${CLASSES_IDLE_TIMES_MAX} times idle, and a payload for each link`;
  return atMost(`round trip p99 beside 8 streams, ${title}, ${linksText(links)}`, "ms", beside, limit, because);
}

function recoveryAims(result: SystemResult): Aim[] {
  const faults = Object.keys(RECOVERY_MS_MAX) as (keyof typeof RECOVERY_MS_MAX)[];
  return faults.flatMap((fault) => {
    const pause = quantile(result.figures[`pause ms, ${fault}`] ?? [], 0.95);
    return atMost(`pause p95, ${fault}, ${nameOf(result)}`, "ms", pause, RECOVERY_MS_MAX[fault]);
  });
}

function switchAims(result: SystemResult): Aim[] {
  const [switched, fresh] = (["switched", "fresh"] as const).map((name) => median(result, `ramp ms, ${name}`));
  const because = `${SWITCH_TIMES_MAX} times a fresh connection's`;
  const limit = fresh && SWITCH_TIMES_MAX * fresh;
  return atMost(`90 % of the rate after a switch, ${nameOf(result)}`, "ms", switched, limit, because);
}

/** Compares datagrams with nebula, which carries them as they are, over one link less. */
function datagramAims(run: Found): Aim[] {
  const [mesh, peer] = ["florenetes", "nebula"].map((wanted) =>
    resultsIn(run, "datagrams").find(({ key }) => key === wanted),
  );
  const cpu = "CPU s per million datagrams, 100";
  const because = "nebula's, over two links";
  return [
    ...atLeast("datagrams/s, beside nebula", "/s", median(mesh, "datagrams/s"), median(peer, "datagrams/s"), because),
    ...atMost(`${cpu} Mbit/s, beside nebula`, "s", median(mesh, cpu), median(peer, cpu), because),
    ...atMost("datagrams lost at 100 Mbit/s", "%", median(mesh, "datagrams lost %, 100"), DATAGRAMS_LOST_PERCENT_MAX),
  ];
}
