/** A link vertex forwards by the table that it was handed as its cluster vertex would, packet by packet. */
import { DataFrameWriter, FIRST_PACKET, nextPacket, packetEnd } from "@florenetes/florio";
import { FORWARDING_DROP_NAMES, OffloadedTransit, LABEL_MAX, labelsOf } from "@florenetes/forwarding";
import { Random, runs } from "@florenetes/simkit";
import { expect, test } from "vitest";
import type { LinkConfig, VertexConfig } from "../../src/config/cluster-config.ts";
import { NO_PINS } from "../../src/config/vertex-pins.ts";
import { SlotMap } from "../../src/config/slot-map.ts";
import { Forwarder } from "../../src/forwarding/forwarder.ts";
import type { ForwardingConfig } from "../../src/forwarding/forwarding-config.ts";
import type { RunningConfig } from "../../src/config/running-config.ts";
import { numbering } from "../config/any-config.ts";
import { countsOf } from "./counts-of.ts";
import { OfferedTable } from "../../src/forwarding/offered-table.ts";

const VERTICES = runs(30, 10);
const STEPS = 200;
/** The instance of the link vertex. */
const LINK_VERTEX = "l1";

interface LinkState {
  readonly isUp: boolean;
  readonly mtu: number;
  readonly preferredMtu: number;
}

/** The part of a config that forwarding works by, as it is written. */
type WrittenConfig = Pick<VertexConfig, keyof ForwardingConfig>;

/** A vertex with two to five links, the last of which may be another portal's. */
function randomConfig(random: Random): WrittenConfig {
  const count = random.between(2, 5);
  const foreign = random.chance(0.3) ? count - 1 : count;
  const anyLink = (): number => random.below(count);
  let label = 100;
  const isLimited = random.chance(0.5);
  // Packets that pass by second labels are counted apart from those that the link vertex forwards, so that limits would differ.
  const secondLabel = (): number | undefined => (!isLimited && random.chance(0.3) ? label++ : undefined);
  const lspLabel = (): { link: number; label: number } => ({ link: anyLink(), label: label++ });
  return {
    links: Array.from({ length: count }, (_, index): LinkConfig => ({
      name: `${index}`,
      portal: index === foreign ? 1 : 0,
      role: "acceptor",
      peer: `p${index}`,
      tag: "0",
      endpoint: undefined,
      label: 20 + index,
      secondLabel: secondLabel(),
    })),
    services: ["x", "y"].map((name, index) => ({
      name,
      label: 40 + index,
      secondLabel: secondLabel(),
      identity: "",
      target: { kind: "unix", path: "" },
      tellsPrincipal: false,
      allow: [],
    })),
    transit: Array.from({ length: random.below(2 * count) }, () => [anyLink(), anyLink()] as const),
    permits: Array.from({ length: random.below(3) }, () => ({
      pair: [anyLink(), anyLink()] as const,
      allowance: { classes: random.below(64), bitsPerSecond: random.pick([0, 200_000, 1_000_000_000]) },
      ids: [],
    })),
    transitLimit: isLimited
      ? { packetsPerSecond: random.between(1, 20), bytesPerSecond: random.between(100, 1_000) }
      : { packetsPerSecond: 500_000, bytesPerSecond: 500_000_000 },
    crossConnects: Array.from({ length: random.below(4) }, () => ({ from: lspLabel(), to: lspLabel() })),
    lspEnds: Array.from({ length: random.below(4) }, lspLabel),
  };
}

/** A node, and a record of every packet that leaves it or ends there. */
class Node {
  now = 5;
  readonly states: LinkState[];
  readonly out: string[] = [];
  readonly forwarder: Forwarder;
  readonly #transit: OffloadedTransit | undefined;
  #config: ForwardingConfig;
  #generation = 0;

  constructor(config: ForwardingConfig, seed: number, isOffloaded: boolean) {
    const tables = SlotMap.of([0, 1].map((portal) => new OfferedTable(config, portal)));
    this.#config = config;
    this.states = [...config.links].map(() => ({ isUp: false, mtu: 0, preferredMtu: 0 }));
    const now = (): number => this.now;
    const note = (what: string, packet: Uint8Array, start: number, end: number): void => {
      this.out.push(`${what} ${Buffer.from(packet.subarray(start, end)).toString("hex")}`);
    };
    const send = (link: number, packet: Uint8Array, start: number, end: number): boolean => {
      if (!this.states[link]!.isUp) return false;
      note(`link ${link}`, packet, start, end);
      return true;
    };
    this.forwarder = new Forwarder({
      config,
      output: {
        isUp: (link) => this.states[link]!.isUp,
        isWritable: () => true,
        mtu: (link) => this.states[link]!.mtu,
        preferredMtu: (link) => this.states[link]!.preferredMtu,
        quietSeconds: () => 0,
        sendPacket: send,
        sendFrame: (link, frame) => {
          if (!this.states[link]!.isUp) return false;
          for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) {
            send(link, frame, at, packetEnd(frame, at));
          }
          return true;
        },
        flush: () => {},
      },
      delivery: {
        deliverToService: (service, packet, start, end, inLink) => {
          const isBlind = this.forwarder.isGuessing(packet, start, inLink);
          note(`service ${service} ${isBlind}`, packet, start, end);
        },
        deliverToConnection: (packet, start, end) => note("connection", packet, start, end),
        handleFrameEnd: () => {},
      },
      afterTurn: () => {},
      now,
      seed,
      onGuessing: () => {},
      offered: tables,
    });
    if (!isOffloaded) return;
    // A link's handle is its number in the config, and one more.
    this.#transit = new OffloadedTransit({
      now,
      seed,
      packetSizeMax: 16_384,
      send: (handle, packet, start, end) => void send(handle - 1, packet, start, end),
    });
    this.#transit.handleAttached("c1");
    this.#handOver(tables.get(0)!);
  }

  #handOver(table: OfferedTable): void {
    const { size: whole, packetsPerSecond, bytesPerSecond } = table;
    const changes = Array.from({ length: whole }, (_, number) => table.change(number, "shares"));
    const generation = ++this.#generation;
    this.#transit?.handleChanges({ generation, first: 0, whole, packetsPerSecond, bytesPerSecond, changes });
    expect(this.#transit?.progress ?? { generation, taken: whole, code: "" }).toEqual({
      generation,
      taken: whole,
      code: "",
    });
  }

  /** New links are down. */
  reconfigure(config: ForwardingConfig): void {
    for (const [link, { portal, peer, tag }] of this.#config.links) {
      if (config.links.has(link)) continue;
      this.states[link] = { isUp: false, mtu: 0, preferredMtu: 0 };
      if (portal === 0) this.#transit?.handleClosed({ peer, tag });
    }
    for (const link of config.links.keys()) {
      if (this.#config.links.has(link)) continue;
      this.states[link] = { isUp: false, mtu: 0, preferredMtu: 0 };
    }
    this.#config = config;
    const tables = SlotMap.of([0, 1].map((portal) => new OfferedTable(config, portal)));
    this.forwarder.reconfigure(config, tables.get(0)!.size === 0 ? SlotMap.of([undefined, tables.get(1)]) : tables);
    if (tables.get(0)!.size > 0) this.#handOver(tables.get(0)!);
  }

  setState(link: number, state: LinkState): void {
    this.states[link] = state;
    const { portal, peer, tag } = this.#config.links.get(link)!;
    const { isUp, mtu, preferredMtu } = state;
    if (portal !== 0) return;
    const about = { code: "", text: "", isCongested: false };
    const handle = isUp ? link + 1 : 0;
    this.#transit?.handleStatus({ peer, tag, state: isUp ? "up" : "down", handle, mtu, preferredMtu, ...about });
  }

  /** Packets of a link that came at once. */
  receive(inLink: number, packets: readonly Uint8Array[]): void {
    if (!this.states[inLink]!.isUp) return;
    for (const packet of packets) {
      const copy = Uint8Array.of(0, 0, 0, ...packet);
      const isTaken = this.#transit?.handlePacket(inLink + 1, copy, 3, copy.length) === true;
      if (Buffer.compare(copy.subarray(3), packet) !== 0) throw new Error("a packet does not stay as it was");
      if (!isTaken) this.forwarder.handleFrame(inLink, frameOf(packet));
    }
    this.#transit?.handleTurnEnd();
  }

  /** The link vertex tells its counts; some reports are lost, and some come twice. */
  report(random: Random): void {
    const transit = this.#transit;
    for (let report = transit?.pollReport(); report !== undefined; report = transit?.pollReport()) {
      if (random.chance(0.3)) continue;
      this.forwarder.handleTransitReport(0, LINK_VERTEX, report);
      if (random.chance(0.3)) continue;
      transit!.handleReportTaken(report.number);
    }
  }

  get counts(): unknown {
    return { counts: countsOf(this.forwarder), entries: [...this.forwarder.entries()] };
  }
}

function frameOf(packet: Uint8Array): Uint8Array {
  const writer = new DataFrameWriter();
  writer.reset(1);
  writer.append(packet, 0, packet.length);
  return writer.bytes().slice();
}

function allLabels({ links, services, crossConnects, lspEnds }: ForwardingConfig): number[] {
  const lsps = [...crossConnects.flatMap(({ from, to }) => [from, to]), ...lspEnds, ...lspEnds];
  return [...links.values(), ...links.values(), ...services.values(), ...lsps].flatMap(labelsOf).concat(1);
}

/** A packet with labels that may mean something, an earlier packet with another cursor, or random bytes. */
function randomPacket(random: Random, labels: readonly number[], sent: Uint8Array[]): Uint8Array {
  if (random.chance(0.02)) return Uint8Array.from(random.bytes(random.between(1, 60)));
  if (sent.length > 0 && random.chance(0.15)) {
    const again = random.pick(sent).slice();
    again[1] = Math.max(0, again[1]! - random.below(3));
    return again;
  }
  const anyLabel = (): number =>
    random.chance(0.9) ? random.pick(labels) : random.below(random.pick([21, LABEL_MAX]));
  const count = random.between(random.chance(0.97) ? 1 : 0, random.chance(0.97) ? 4 : 18);
  const words = Array.from({ length: count }, anyLabel).flatMap((label) => {
    return [label >>> 12, (label >>> 4) & 255, (label & 15) << 4, random.below(256)];
  });
  const cursor = random.chance(0.97) && count > 0 ? random.below(count) : random.below(256);
  const hopLimit = random.below(random.chance(0.1) ? 4 : 256);
  const header = [random.chance(0.97) ? 16 + random.below(2) : random.below(256), hopLimit, count, cursor];
  const connection = random.chance(0.5) ? random.bytes(8) : [1, 2, 3, 4, 5, 6, 7, random.below(3)];
  const packet = Uint8Array.from([...header, ...connection, ...words, ...random.bytes(random.below(40))]);
  sent.push(packet);
  if (sent.length > 20) sent.shift();
  return random.chance(0.97) ? packet : packet.slice(0, random.between(1, packet.length));
}

/** The part of a config that has nothing to do with forwarding. */
const rest = {
  cluster: "demo",
  vertex: "v",
  portals: [0, 1].map((portal) => ({ name: `${portal}`, bind: `/${portal}/b`, connect: `/${portal}/c` })),
  transitOffload: true,
  paths: [],
  tunnels: [],
  sessions: [],
  transport: { streamsPerConnection: 1 },
  expiryGraceMs: 0,
  pins: NO_PINS,
};

/** @returns the causes that packets were dropped for by the link vertex */
function run(seed: number, seen: Set<string>): void {
  const random = new Random(seed);
  const numbered = numbering();
  const next = (): RunningConfig => numbered({ ...rest, ...randomConfig(random) });
  let config = next();
  let labels = allLabels(config);
  const own = new Node(config, seed, false);
  const offloaded = new Node(config, seed, true);
  const nodes = [own, offloaded];
  const setState = (link: number): void => {
    const preferredMtu = random.between(16, 80);
    const state = { isUp: random.chance(0.9), mtu: preferredMtu + random.below(20), preferredMtu };
    for (const node of nodes) node.setState(link, state.isUp ? state : { isUp: false, mtu: 0, preferredMtu: 0 });
  };
  const anyLink = (): number => random.pick([...config.links])[0];
  for (const link of config.links.keys()) setState(link);
  const sent: Uint8Array[] = [];
  for (let step = 0; step < STEPS; step++) {
    if (random.chance(0.05)) setState(anyLink());
    if (random.chance(0.03)) {
      // Counts that are not told before the change are lost, or come under a later link to the same peer.
      offloaded.report(random);
      config = next();
      labels = allLabels(config);
      for (const node of nodes) node.reconfigure(config);
      for (const [link] of config.links) setState(link);
    }
    const inLink = anyLink();
    const packets = Array.from({ length: random.between(1, 4) }, () => randomPacket(random, labels, sent));
    for (const node of nodes) node.receive(inLink, packets);
    const pause = random.chance(0.8) ? 0 : random.below(200);
    for (const node of nodes) node.now += pause;
    if (random.chance(0.05)) offloaded.report(random);
  }
  offloaded.report(random);
  for (const line of own.out) seen.add(line.split(" ")[0]!);
  for (const [cause, packets] of Object.entries(own.forwarder.snapshot().drops)) if (packets > 0) seen.add(cause);
  expect(offloaded.out, `seed ${seed}`).toEqual(own.out);
  expect(offloaded.counts, `seed ${seed}`).toEqual(own.counts);
}

test("with the table handed over, the same packets leave with the same bytes, and all counts are the same", () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < VERTICES; seed++) run(seed, seen);
  const causes = FORWARDING_DROP_NAMES.slice(1).filter((cause) => !["loopbackFull", "linkFull"].includes(cause));
  expect([...seen].toSorted()).toEqual([...causes, "link", "service", "connection"].toSorted());
});
