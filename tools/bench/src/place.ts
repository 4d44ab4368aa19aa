/** The nodes of a measured mesh. Clients are on a and servers on d, however many nodes are between them. */
export type NodeName = "a" | "b" | "c" | "d" | "e" | "f" | "g";
export type LinkCount = 1 | 2 | 3 | 6;

/** The circumstances in which a system is measured: alike for all that are compared. */
export interface Place {
  readonly of: "usual" | "floor" | "transit" | "agents" | "start" | "storage" | PlaceName;
  /** The difference from the usual place, in some words. */
  readonly title: string;
  readonly links: LinkCount;
  /** Whether the kernel may not hand packets of up to 64 KB over the wires. A bad wire never does. */
  readonly isWithoutOffloads?: true;
  /** The harm of the wire behind b, or of the only wire; none when left out. */
  readonly badWire?: WireOptions;
  /** All wires are as `badWire` says. */
  readonly isEachWireBad?: true;
  /** The mesh's traffic is in classes: transfers are bulk, round trips interactive. */
  readonly hasClasses?: true;
  /** The `rate` of each link of the mesh. */
  readonly linkRate?: string;
}

/** The harm that a wire does to frames, in each direction alike. Fields that are left out do none. */
export interface WireOptions {
  readonly lossShare?: number;
  /** The delay of a round trip, half of it each way. */
  readonly delayMs?: number;
  readonly megabitsPerSecond?: number;
  /** Bytes that may wait where the rate is limited. */
  readonly bufferBytes?: number;
}

/** The places besides the usual one. */
export const PLACE_NAMES = [
  "offloads-off",
  "links",
  "bad-link",
  "classes",
  "datagrams",
  "link-vertices",
  "vpn",
  "relays",
  "recovery",
  "switch",
] as const;
export type PlaceName = (typeof PLACE_NAMES)[number];

export const USUAL_PLACE: Place = { of: "usual", title: "usual", links: 3 };
/** The usual wires, for a floor, which is no system. */
export const FLOOR_PLACE: Place = { ...USUAL_PLACE, of: "floor" };
/** A line of three nodes on loopback, fed by a generator. */
export const TRANSIT_PLACE: Place = { of: "transit", title: "transit", links: 1 };
/** Two nodes on loopback with an agent each. */
export const AGENTS_PLACE: Place = { of: "agents", title: "agents", links: 1 };
/** Two nodes on loopback, of which one is looked at. */
export const START_PLACE: Place = { of: "start", title: "start", links: 1 };
/** A client, a relay and three holders behind it, in namespaces. */
export const STORAGE_PLACE: Place = { of: "storage", title: "storage", links: 2 };

/** The size of the queue that Linux puts in front of an interface by default: 1,000 packets. */
const DEEP_BUFFER_BYTES = 1_500_000;
/** Twice the bytes that are on their way in a round trip. */
const LONG_BUFFER_BYTES = 5_000_000;
export const SLOW_WIRE = "20 Mbit/s, deep buffer";
export const LONG_WIRE = "200 ms, 100 Mbit/s";

const BAD_WIRES: Readonly<Record<string, WireOptions>> = {
  "2 % loss": { lossShare: 0.02 },
  "5 % loss": { lossShare: 0.05 },
  "50 ms": { delayMs: 50 },
  "200 ms": { delayMs: 200 },
  [SLOW_WIRE]: { megabitsPerSecond: 20, bufferBytes: DEEP_BUFFER_BYTES },
  [LONG_WIRE]: { delayMs: 200, megabitsPerSecond: 100, bufferBytes: LONG_BUFFER_BYTES },
};

/** Rate of the slow wires that classes are tried over. A full buffer of theirs takes 200 ms. */
export const CLASSES_MEGABITS = 50;
const CLASSES_WIRE: WireOptions = { megabitsPerSecond: CLASSES_MEGABITS, bufferBytes: 1_250_000 };
/** The rate of links, a bit less than the wire carries. */
const CLASSES_RATE = "48 Mbit/s";

const OVER_SLOW_WIRES = { badWire: CLASSES_WIRE, isEachWireBad: true } as const;
const CLASSES_PLACES: readonly Omit<Place, "of">[] = [
  ...([1, 3] as const).flatMap((links): Omit<Place, "of">[] => [
    { title: "one class", links, ...OVER_SLOW_WIRES },
    { title: "two classes", links, ...OVER_SLOW_WIRES, hasClasses: true },
    { title: "two classes, links with a rate", links, ...OVER_SLOW_WIRES, hasClasses: true, linkRate: CLASSES_RATE },
  ]),
  // Over fast wires, the processors are the limit.
  { title: "one class, fast wires", links: 1 },
  { title: "two classes, fast wires", links: 1, hasClasses: true },
];

/** The first wire of both routes, so that a window has to grow. */
const SWITCH_WIRE: WireOptions = { delayMs: 40, megabitsPerSecond: 50, bufferBytes: 500_000 };

export const OTHER_PLACES: readonly Place[] = [
  { of: "offloads-off", title: "offloads off", links: 3, isWithoutOffloads: true },
  ...([1, 6] as const).map((links): Place => ({ of: "links", title: linksText(links), links })),
  ...([1, 3] as const).flatMap((links) =>
    Object.entries(BAD_WIRES).map(([title, badWire]): Place => ({ of: "bad-link", title, links, badWire })),
  ),
  ...CLASSES_PLACES.map((place): Place => ({ of: "classes", ...place })),
  { of: "datagrams", title: "datagrams", links: 3 },
  ...([1, 3] as const).map((links): Place => ({ of: "link-vertices", title: "link vertices", links })),
  { of: "vpn", title: "fast wires", links: 3 },
  { of: "vpn", title: `${CLASSES_MEGABITS} Mbit/s`, links: 3, ...OVER_SLOW_WIRES },
  { of: "relays", title: "two relays", links: 2 },
  { of: "recovery", title: "recovery", links: 3 },
  { of: "switch", title: "50 Mbit/s, 40 ms", links: 3, badWire: SWITCH_WIRE },
];

export function linksText(links: number): string {
  return links === 1 ? "1 link" : `${links} links`;
}

/** The nodes from a to d. Each reaches its neighbours alone. */
export function nodesOver(links: LinkCount): readonly NodeName[] {
  if (links === 1) return ["a", "d"];
  if (links === 2) return ["a", "b", "d"];
  return links === 3 ? ["a", "b", "c", "d"] : ["a", "b", "c", "e", "f", "g", "d"];
}

/** Pairs of a node and the one after it. */
export function neighboursIn(nodes: readonly NodeName[]): [NodeName, NodeName][] {
  return nodes.slice(1).map((node, index) => [nodes[index]!, node]);
}

/** The nodes that are neither the first nor the last. */
export function transitsOf(nodes: readonly NodeName[]): readonly NodeName[] {
  return nodes.slice(1, -1);
}
