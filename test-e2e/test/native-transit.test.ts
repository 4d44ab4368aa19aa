/**
 * Tables, links and packets, sound, random and hostile, through offloaded transit in TypeScript and in Rust: equal packets, marks, causes
 * and counters, and the same is taken and refused.
 */
import { FORWARDING_DROP_NAMES, LABEL_OPERATIONS, QUESTION_MAGIC } from "@florenetes/forwarding";
import type { TransitAllowance, TransitChange } from "@florenetes/portal-api";
import { Random } from "@florenetes/simkit";
import { beforeAll, expect, test } from "vitest";
import { BUILD_TIMEOUT_MS, Script, buildMirror, isNativeBuilt } from "../src/native/mirror.ts";
import { TransitMirror } from "../src/native/transit-mirror.ts";

beforeAll(buildMirror, BUILD_TIMEOUT_MS);

/** Fewer do not show each cause. */
const WORLDS = 200;
const STEPS = 120;
/** The number of neighbours, not all of which are in each table. */
const PEERS = 5;
/** Shares up to this may have permits. */
const SHARES = 3;
/** Adjacency labels begin at the first number, labels of LSPs at the second. */
const [ADJACENT, IN_LSPS] = [20, 50];

/** A cluster vertex with its tables, and neighbours that send. */
class World {
  readonly #random: Random;
  readonly #mirror: TransitMirror;
  readonly #handles = new Map<number, number>();
  #lastHandle = 0;
  #lives = 0;
  #generation = 0;
  #changes: TransitChange[] = [];
  #whole = 1;
  #sent = 0;
  #limits = { packetsPerSecond: 1, bytesPerSecond: 1 };
  /** Packets that may come again. */
  readonly #packets: Uint8Array[] = [];

  constructor(random: Random, mirror: TransitMirror) {
    this.#random = random;
    this.#mirror = mirror;
    this.#restart();
    for (let peer = 0; peer < PEERS; peer++) this.#tellLink(peer);
  }

  step(): void {
    const random = this.#random;
    const dice = random.below(100);
    if (dice < 55) this.#sendPackets();
    else if (dice < 75) this.#handOver();
    else if (dice < 80) this.#append();
    else if (dice < 90) this.#tellLink(random.below(PEERS));
    else if (dice < 92) this.#beginTable();
    else if (dice < 94) this.#restart();
    else if (dice < 95) this.#mirror.dropUnconfirmed();
    else if (dice < 96) this.#mirror.drop();
    else if (dice < 98) this.#mirror.close({ peer: `p${random.below(PEERS)}`, tag: "0" });
    else {
      this.#mirror.count();
      this.#sendPackets();
      this.#mirror.report();
    }
  }

  #restart(): void {
    if (this.#random.chance(0.7)) this.#lives++;
    this.#mirror.attach(`c${this.#lives}`);
    this.#generation = this.#random.below(3);
    this.#beginTable();
  }

  #tellLink(peer: number): void {
    const random = this.#random;
    const isUp = random.chance(0.85);
    if (isUp && random.chance(0.5)) this.#handles.set(peer, ++this.#lastHandle);
    const handle = isUp ? (this.#handles.get(peer) ?? 0) : 0;
    const preferredMtu = random.between(16, 90);
    const state = handle === 0 ? ("down" as const) : ("up" as const);
    const sizes = { mtu: preferredMtu + random.below(20), preferredMtu };
    this.#mirror.setStatus({
      peer: `p${peer}`,
      tag: "0",
      state,
      handle,
      ...sizes,
      code: "",
      text: "",
      isCongested: false,
    });
  }

  /** Begins a table, most of whose changes make sense. */
  #beginTable(): void {
    const random = this.#random;
    this.#generation++;
    const peers = Array.from({ length: PEERS }, (_, peer) => peer).filter(() => random.chance(0.8));
    this.#changes = peers.map((peer) => ({
      operation: "link",
      key: { peer: `p${peer}`, tag: "0" },
      label: ADJACENT + (random.chance(0.99) ? peer : 0),
    }));
    for (let count = random.below(20); count > 0 && peers.length > 0; count--)
      this.#changes.push(this.#change(peers.length));
    if (random.chance(0.02)) this.#changes.push({ operation: "unknown" });
    this.#whole = random.chance(0.95) ? Math.max(1, this.#changes.length) : random.below(40);
    this.#limits = random.chance(0.4)
      ? { packetsPerSecond: random.below(40), bytesPerSecond: random.between(200, 4_000) }
      : { packetsPerSecond: 500_000, bytesPerSecond: 500_000_000 };
    this.#sent = 0;
  }

  #change(links: number): TransitChange {
    const random = this.#random;
    const link = random.below(random.chance(0.99) ? links : 9);
    const outLink = random.below(links);
    const label = IN_LSPS + random.below(random.chance(0.98) ? 200 : 1 << 21);
    const dice = random.below(12);
    if (dice < 4) {
      const allowance = this.#allowance();
      // A share without limits makes no sense, and a table with one is refused.
      const isShared = random.chance(allowance === undefined ? 0.02 : 0.6);
      return { operation: "permit", link, outLink, allowance, share: isShared ? random.between(1, SHARES) : undefined };
    }
    if (dice < 5) return { operation: "forbid", link, outLink };
    if (dice < 8) return { operation: "swap", link, label, outLink, outLabel: IN_LSPS + random.below(200) };
    if (dice < 11) return { operation: "end", link, label: IN_LSPS + random.below(random.chance(0.9) ? 200 : 5) };
    return this.#removal() ?? { operation: "permit", link, outLink };
  }

  /** Some classes at some rate; undefined: all, at any. */
  #allowance(): TransitAllowance | undefined {
    const random = this.#random;
    if (random.chance(0.7)) return undefined;
    const bitsPerSecond = random.chance(0.5) ? 0 : random.between(1, 100_000);
    return { classes: random.below(64), bitsPerSecond: random.chance(0.3) ? 1_000_000_000_000 : bitsPerSecond };
  }

  /** A removal, mostly of something that was added before. */
  #removal(): TransitChange | undefined {
    const random = this.#random;
    const added = this.#changes.filter((change) => "label" in change);
    if (added.length === 0) return undefined;
    const change = random.pick(added);
    const link = change.operation === "link" ? this.#changes.indexOf(change) : change.link;
    return { operation: "remove", link, label: random.chance(0.95) ? change.label : 99 };
  }

  /** Hands over the next part, an earlier one, or one after a gap. */
  #handOver(): void {
    const random = this.#random;
    const first = random.chance(0.85) ? this.#sent : random.below(this.#changes.length + 3);
    const changes = this.#changes.slice(first, first + random.below(12));
    const generation = random.chance(0.97) ? this.#generation : random.below(this.#generation + 1);
    this.#mirror.change({ generation, first, whole: this.#whole, ...this.#limits, changes });
    if (first <= this.#sent) this.#sent = Math.max(this.#sent, first + changes.length);
  }

  #append(): void {
    const links = this.#changes.filter(({ operation }) => operation === "link").length;
    if (links > 0) this.#changes.push(this.#change(links));
  }

  #sendPackets(): void {
    const random = this.#random;
    for (let count = random.between(1, 12); count > 0; count--) {
      const handle = random.chance(0.97) ? (this.#handles.get(random.below(PEERS)) ?? 0) : random.below(1_000);
      this.#mirror.packet(handle, this.#packet(), random.chance(0.5) ? 0 : random.below(300));
    }
  }

  #packet(): Uint8Array {
    const random = this.#random;
    if (random.chance(0.02)) return random.bytes(random.between(1, 90));
    if (this.#packets.length > 0 && random.chance(0.3)) {
      const again = random.pick(this.#packets).slice();
      if (again.length > 1 && random.chance(0.8)) again[1] = Math.max(0, again[1]! - random.below(3));
      return again;
    }
    const labels = Array.from({ length: random.between(random.chance(0.97) ? 1 : 0, 4) }, () => this.#label());
    const isQuestion = labels.length > 0 && random.chance(0.2);
    if (isQuestion) labels.splice(-1, 1, LABEL_OPERATIONS);
    const words = labels.flatMap((label) => {
      const share = random.chance(0.8) ? random.below(SHARES + 1) : random.below(0x1000);
      return [label >>> 12, (label >>> 4) & 255, ((label & 15) << 4) | (share >>> 8), share & 255];
    });
    const first = random.chance(0.97) ? random.between(16, 31) : random.below(256);
    const hopLimit = random.below(random.chance(0.1) ? 4 : 256);
    const cursor = random.chance(0.97) && labels.length > 0 ? random.below(labels.length) : random.below(256);
    const connection = random.chance(0.5) ? random.bytes(8) : [1, 2, 3, 4, 5, 6, 7, random.below(3)];
    const payload = [...(isQuestion ? QUESTION_MAGIC : []), ...random.bytes(random.below(60))];
    const packet = Uint8Array.from([first, hopLimit, labels.length, cursor, ...connection, ...words, ...payload]);
    this.#packets.push(packet.slice());
    if (this.#packets.length > 20) this.#packets.shift();
    return random.chance(0.97) ? packet : packet.slice(0, random.between(1, packet.length));
  }

  #label(): number {
    const random = this.#random;
    const known = this.#changes.filter((change) => "label" in change);
    if (known.length > 0 && random.chance(0.9)) return random.pick(known).label & 0xfffff;
    return random.chance(0.7) ? random.below(21) : random.below(1 << 20);
  }
}

test.skipIf(!isNativeBuilt)(
  "both do the same with every table and every packet (skipped where native/ is not built)",
  () => {
    const seen = new Set<string>();
    const script = new Script();
    for (let seed = 0; seed < WORLDS; seed++) {
      const random = new Random(seed);
      const mirror = new TransitMirror(script, random.below(0xffff_ffff));
      const world = new World(random, mirror);
      for (let step = 0; step < STEPS; step++) world.step();
      mirror.count();
      for (const what of mirror.seen) seen.add(what);
    }
    script.expectEqual();
    const causes = FORWARDING_DROP_NAMES.slice(1).filter((cause) => {
      return !["unknownLabel", "linkFull", "loopbackFull"].includes(cause);
    });
    expect([...seen].toSorted()).toEqual(
      [...causes, "up", "dropped", "out", "mark", "permitted", "charged", "denied", "TRANSIT_INVALID"].toSorted(),
    );
  },
);
