/**
 * Packets, sound, random and hostile, through the forwarder in TypeScript and the one in Rust: equal packets, marks, causes and
 * counters.
 */
import type { LinkConfig, ServiceConfig } from "@florenetes/cluster-flor/src/config/cluster-config.ts";
import { SlotMap } from "@florenetes/cluster-flor/src/config/slot-map.ts";
import type { ForwardingConfig } from "@florenetes/cluster-flor/src/forwarding/forwarding-config.ts";
import {
  FORWARDING_DROP_NAMES,
  LABEL_MAX,
  LABEL_OPERATIONS,
  LINK_NONE,
  QUESTION_MAGIC,
  headerSize,
  labelsOf,
  wordsOf,
  writeHeader,
} from "@florenetes/forwarding";
import { LOOPBACK_BYTES_MAX } from "@florenetes/cluster-flor/src/forwarding/limits.ts";
import { DataFrameWriter } from "@florenetes/florio";
import { Random } from "@florenetes/simkit";
import { beforeAll, expect, test } from "vitest";
import { ForwardingMirror } from "../src/native/forwarding-mirror.ts";
import { BUILD_TIMEOUT_MS, Script, buildMirror, isNativeBuilt } from "../src/native/mirror.ts";

beforeAll(buildMirror, BUILD_TIMEOUT_MS);

const VERTICES = 150;
const STEPS = 150;

/** Shares below this may have permits; 0 stands for none. */
const SHARES = 4;

/** The first labels of links and services, of their second labels, of LSPs, and of labels without a meaning. */
const [EVERYWHERE, SECOND, IN_LSPS, UNKNOWN] = [20, 30, 50, 5_000];

/** A vertex with some links and all kinds of labels. */
class Vertex {
  readonly config: ForwardingConfig;
  /** Labels that mean something on some link. */
  readonly labels: number[];
  readonly #random: Random;
  #unknown = UNKNOWN;
  /** Packets that were sent, which may come again. */
  readonly #sent: Uint8Array[] = [];

  /** @param scanned How many LSPs end on its first link: scans behind them use up more than one end has. */
  constructor(random: Random, scanned = 0) {
    this.#random = random;
    const links = random.between(2, 5);
    const taken = new Set<string>();
    /** A label on that link that no other entry has. */
    const lspLabel = (link: number): { link: number; label: number } => {
      for (;;) {
        const label = IN_LSPS + random.below(12);
        if (taken.has(`${link}:${label}`)) continue;
        taken.add(`${link}:${label}`);
        return { link, label };
      }
    };
    const anyLink = (): number => random.below(links);
    let second = SECOND;
    const secondLabel = (): number | undefined => (random.chance(0.3) ? second++ : undefined);
    const lists = { links: Array.from({ length: links }), services: Array.from({ length: 2 }) };
    this.config = {
      links: SlotMap.of(
        lists.links.map((_, index): LinkConfig => ({
          name: `${index}`,
          portal: 0,
          role: "acceptor",
          peer: "",
          tag: "0",
          endpoint: undefined,
          label: EVERYWHERE + index,
          secondLabel: secondLabel(),
        })),
      ),
      services: SlotMap.of(
        lists.services.map((_, index): ServiceConfig => ({
          name: `${index}`,
          label: EVERYWHERE + links + index,
          secondLabel: secondLabel(),
          identity: "",
          target: { kind: "unix", path: "" },
          tellsPrincipal: false,
          allow: [],
        })),
      ),
      transit: Array.from({ length: random.below(2 * links) }, () => [anyLink(), anyLink()] as const),
      permits: permittedPairs(random, links),
      transitLimit: random.chance(0.5)
        ? { packetsPerSecond: random.between(1, 60), bytesPerSecond: random.between(200, 4_000) }
        : { packetsPerSecond: 500_000, bytesPerSecond: 500_000_000 },
      crossConnects: Array.from({ length: random.below(4) }, () => ({
        from: lspLabel(anyLink()),
        to: lspLabel(anyLink()),
      })),
      lspEnds: Array.from({ length: scanned || random.below(4) }, () => lspLabel(scanned > 0 ? 0 : anyLink())),
    };
    const { services, crossConnects, lspEnds } = this.config;
    const lsps = [...crossConnects.flatMap(({ from, to }) => [from, to]), ...lspEnds, ...lspEnds];
    const owners = [...this.config.links.values(), ...services.values(), ...lsps];
    this.labels = owners.flatMap(labelsOf).concat(1);
  }

  /** A packet with labels that may mean something, an earlier packet by another way, or random bytes. */
  packet(): Uint8Array {
    const random = this.#random;
    if (random.chance(0.02)) return random.bytes(random.between(1, 90));
    if (this.#sent.length > 0 && random.chance(0.15)) {
      const again = random.pick(this.#sent).slice();
      if (again.length > 1 && random.chance(0.8)) again[1] = Math.max(0, again[1]! - random.below(3));
      return again;
    }
    const count = random.between(random.chance(0.97) ? 1 : 0, random.chance(0.97) ? 4 : 18);
    const words = Array.from({ length: count }, () => this.#label()).flatMap((label) => {
      const share = random.chance(0.8) ? random.below(SHARES) : random.below(0x1000);
      return [label >>> 12, (label >>> 4) & 255, ((label & 15) << 4) | (share >>> 8), share & 255];
    });
    const first = random.chance(0.97) ? random.between(16, 31) : random.below(256);
    const hopLimit = random.below(random.chance(0.1) ? 4 : 256);
    const cursor = random.chance(0.97) && count > 0 ? random.below(count) : random.below(256);
    const connection = random.chance(0.5) ? random.bytes(8) : [1, 2, 3, 4, 5, 6, 7, random.below(3)];
    const isQuestion = count > 0 && random.chance(0.2);
    if (isQuestion) words.splice(-4, 4, 0, 0, LABEL_OPERATIONS << 4, 0);
    const payload = [...(isQuestion ? QUESTION_MAGIC : []), ...random.bytes(random.below(40))];
    const packet = Uint8Array.from([first, hopLimit, count, cursor, ...connection, ...words, ...payload]);
    const cut = random.chance(0.97) ? packet : packet.slice(0, random.between(1, packet.length));
    this.#sent.push(cut.slice());
    if (this.#sent.length > 20) this.#sent.shift();
    return cut;
  }

  /** A packet that tries a new label, behind up to two gathered labels and up to two ends of LSPs. */
  guess(): Uint8Array {
    const random = this.#random;
    const { lspEnds } = this.config;
    const gathered = Array.from({ length: random.below(3) }, () => random.pick([201, 202]));
    const ends = lspEnds.length === 0 ? [] : Array.from({ length: random.below(3) }, () => random.pick(lspEnds).label);
    const words = wordsOf([...gathered, ...ends, this.#unknown++]);
    const packet = new Uint8Array(headerSize(words.length));
    writeHeader(packet, 0, 1, 2, words);
    packet[3] = gathered.length;
    return packet;
  }

  frame(packets: readonly Uint8Array[]): Uint8Array {
    const writer = new DataFrameWriter();
    writer.reset(this.#random.between(1, 0xffff_ffff));
    for (const packet of packets) writer.append(packet, 0, packet.length);
    return writer.bytes().slice();
  }

  #label(): number {
    const random = this.#random;
    if (random.chance(0.9)) return random.pick(this.labels);
    return random.chance(0.5) ? random.below(21) : random.below(LABEL_MAX + 1);
  }
}

/** Pairs of different links that permits open, for some shares and for none, at rates above and below what comes. */
function permittedPairs(random: Random, links: number): ForwardingConfig["permits"] {
  const rates = [0, 1_000, 100_000, 1_000_000_000_000];
  const pairs = Array.from({ length: links - 1 }, (_, link) => [link, link + 1] as const);
  const ways = pairs.flatMap((pair) => Array.from({ length: SHARES }, (_, share) => ({ pair, share })));
  return ways
    .filter(() => random.chance(0.4))
    .map((way) => ({ ...way, allowance: { classes: random.below(64), bitsPerSecond: random.pick(rates) }, ids: [] }));
}

function run(script: Script, seed: number): Set<string> {
  const random = new Random(seed);
  const isScanned = seed % 10 === 0;
  const vertex = new Vertex(random, isScanned ? 6 : 0);
  const links = vertex.config.links.size;
  const mirror = new ForwardingMirror(script, vertex.config, random.below(0xffff_ffff));
  const setState = (link: number): void => {
    const preferredMtu = random.between(16, 80);
    const mtu = preferredMtu + random.below(20);
    mirror.setState(link, { isUp: random.chance(0.9), isFull: random.chance(0.1), mtu, preferredMtu });
  };
  for (let link = 0; link < links; link++) setState(link);
  for (let step = 0; step < STEPS; step++) {
    const isScan = random.chance(isScanned ? 0.2 : 0.04);
    const inLink = isScan && isScanned ? 0 : random.below(links);
    if (random.chance(0.05)) setState(random.below(links));
    if (random.chance(0.2)) {
      mirror.sendFromHere(random.between(LINK_NONE, links - 1), vertex.packet());
      if (random.chance(0.5)) mirror.endTurn();
    }
    const packets = Array.from({ length: isScan ? random.between(20, 200) : random.between(1, 6) }, () =>
      isScan ? vertex.guess() : vertex.packet(),
    );
    mirror.handleFrame(inLink, vertex.frame(packets), random.chance(0.5) ? 0 : random.below(300));
  }
  mirror.endTurn();
  mirror.count();
  return mirror.seen;
}

test.skipIf(!isNativeBuilt)(
  "both forwarders do the same with every packet (skipped where native/ is not built)",
  () => {
    const seen = new Set<string>();
    const script = new Script();
    for (let seed = 0; seed < VERTICES; seed++) for (const what of run(script, seed)) seen.add(what);
    script.expectEqual();
    const actions = [
      "permitted",
      "charged",
      "denied",
      "frame",
      "packet",
      "service",
      "connection",
      "guessing",
      "blind",
      "mark",
      "question",
      "sent",
      "came",
    ];
    const causes = FORWARDING_DROP_NAMES.slice(1).filter((cause) => cause !== "loopbackFull");
    expect([...seen].toSorted()).toEqual([...actions, ...causes].toSorted());
  },
);

test.skipIf(!isNativeBuilt)(
  "both keep the same for a vertex's own services (skipped where native/ is not built)",
  () => {
    const script = new Script();
    const vertex = new Vertex(new Random(1));
    const mirror = new ForwardingMirror(script, vertex.config, 1);
    const packet = new Uint8Array(60_000);
    packet.set([0x10, 32, 1, 0]);
    new DataView(packet.buffer).setUint32(12, vertex.config.services.get(0)!.label << 12);
    for (let bytes = 0; bytes <= LOOPBACK_BYTES_MAX; bytes += packet.length)
      mirror.sendFromHere(LINK_NONE, packet.slice());
    mirror.endTurn();
    mirror.count();
    expect(mirror.seen).toContain("loopbackFull");
    script.expectEqual();
  },
);
