/** Paths of links with sizes of their own, in virtual time. */
import { Random, runs, Scheduler } from "@florenetes/simkit";
import { assert, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultLimits, PACKET_SIZE_MIN } from "../../../src/transport/limits.ts";
import { PathProber, type PathSizeReason } from "../../../src/transport/paths/path-prober.ts";
import { ProbeBudget } from "../../../src/transport/paths/probe-budget.ts";

const sizeMax = 16_024;

interface SimLink {
  mtu: number;
  preferredMtu: number;
  loss: number;
  delayMs: number;
  bytesPerSecond: number;
}

const clean: SimLink = { mtu: 16_384, preferredMtu: 16_384, loss: 0, delayMs: 1, bytesPerSecond: Infinity };
/** A serial line with a rate in baud, ten bits for each byte, in the middle of a path. */
const lineOf = (baud: number): Partial<SimLink> => ({ mtu: 1_280, preferredMtu: 1_280, bytesPerSecond: baud / 10 });

interface Packet {
  readonly size: number;
  readonly nonce: bigint;
  isMarked: boolean;
}

/** A prober, the links of its path, and a far end that answers. */
class World {
  readonly scheduler = new Scheduler();
  readonly links: SimLink[];
  readonly prober: PathProber;
  readonly random: Random;
  /** The time and the size of each probe that left. */
  readonly sent: { readonly at: number; readonly size: number }[] = [];
  readonly sizes: { readonly at: number; readonly size: number }[] = [];
  isInUse = true;
  isQuiet = false;
  isFarEndUp = true;
  /** How many copies of each packet arrive. */
  copies = 1;
  /** Bytes of probes that the last link has carried. */
  carried = 0;
  /** The time at which each link has sent all that waits, in each direction. */
  readonly #freeAt = new Map<string, number>();
  #nonces = 0n;
  #cancel = (): void => {};

  constructor(seed: number, links: readonly Partial<SimLink>[]) {
    this.random = new Random(seed);
    this.links = links.map((link) => ({ ...clean, ...link }));
    const newNonce = (): bigint => BigInt(this.random.below(2 ** 31)) * 2n ** 20n + this.#nonces++;
    this.prober = new PathProber({ limits: defaultLimits, sizeMax, newNonce });
  }

  get now(): number {
    return this.scheduler.now;
  }

  up(): this {
    const { mtu, preferredMtu } = this.links[0]!;
    return this.act(() => this.prober.handleLink(mtu, preferredMtu, this.now));
  }

  down(): this {
    return this.act(() => this.prober.handleLink(0, 0, this.now));
  }

  act(action: () => void): this {
    action();
    for (let probe = this.prober.pollProbe(); probe !== undefined; probe = this.prober.pollProbe()) {
      this.sent.push({ at: this.now, size: probe.size });
      this.#travel({ ...probe, isMarked: false }, this.links, (packet) => this.#answer(packet));
    }
    if (this.prober.takeChange()) this.sizes.push({ at: this.now, size: this.prober.size });
    this.#cancel();
    this.#cancel = this.scheduler.at(Math.max(this.prober.nextTimeout(), this.now), () => {
      this.act(() => this.prober.handleTimeout({ isInUse: this.isInUse, isQuiet: this.isQuiet }, this.now));
    });
    return this;
  }

  run(ms: number): this {
    this.scheduler.runFor(ms);
    return this;
  }

  #answer(packet: Packet): void {
    if (!this.isFarEndUp) return;
    const probeWasMarked = packet.isMarked;
    this.carried += packet.size;
    this.#travel({ ...packet, isMarked: false }, this.links.toReversed(), ({ nonce, size, isMarked }) => {
      this.act(() => this.prober.handleAnswer(nonce, size, isMarked || probeWasMarked, this.now));
    });
  }

  #travel(packet: Packet, links: readonly SimLink[], arrive: (packet: Packet) => void): void {
    let delay = 0;
    for (const link of links) {
      if (packet.size > link.mtu || this.random.chance(link.loss)) return;
      if (packet.size > link.preferredMtu) packet.isMarked = true;
      const name = `${this.links.indexOf(link)} ${links === this.links}`;
      const leaves = Math.max(this.now + delay, this.#freeAt.get(name) ?? 0);
      const sentAt = leaves + (packet.size * 1_000) / link.bytesPerSecond;
      this.#freeAt.set(name, sentAt);
      delay = sentAt - this.now + link.delayMs;
    }
    for (let copy = 0; copy < this.copies; copy++) this.scheduler.after(delay + 7 * copy, () => arrive(packet));
  }
}

function expectSize(world: World, size: number, reason: PathSizeReason): void {
  expect({ size: world.prober.size, reason: world.prober.reason }).toEqual({ size, reason });
}

const middles: readonly (readonly [string, Partial<SimLink>, number, PathSizeReason])[] = [
  ["carries all", {}, sizeMax, "proven"],
  ["carries 1,280", { mtu: 1_280, preferredMtu: 1_280 }, 1_280, "lost"],
  ["carries 1,419", { mtu: 1_419, preferredMtu: 1_419 }, 1_419, "lost"],
  ["carries 1,420", { mtu: 1_420, preferredMtu: 1_420 }, 1_419, "lost"],
  ["carries 4,096", { mtu: 4_096, preferredMtu: 4_096 }, 4_096, "lost"],
  ["prefers 8,192", { preferredMtu: 8_192 }, 8_192, "marked"],
  ["prefers 1,419", { preferredMtu: 1_419 }, 1_419, "marked"],
  ["prefers 1,280", { preferredMtu: 1_280 }, 1_280, "marked"],
  ["carries 8,192 and prefers 4,096", { mtu: 8_192, preferredMtu: 4_096 }, 4_096, "marked"],
];

describe("a path whose link in the middle", () => {
  test.each(middles)("%s is known soon", (_name, middle, size, reason) => {
    for (const delayMs of [0, 1, 30]) {
      const world = new World(1, [{ delayMs }, { delayMs, ...middle }, { delayMs }]).up().run(1_100);
      expectSize(world, size, reason);
      expect(world.sizes.length).toBeLessThanOrEqual(2);
    }
  });

  test("carries all takes one round trip, and two probes", () => {
    const world = new World(1, [{ delayMs: 100 }]).up().run(201);
    expectSize(world, sizeMax, "proven");
    expect(world.sent.filter(({ size }) => size > PACKET_SIZE_MIN)).toEqual([{ at: 0, size: sizeMax }]);
  });

  test("is the first one: no larger packet than it carries or prefers is tried", () => {
    const world = new World(1, [{ mtu: 9_000, preferredMtu: 5_000 }, {}]).up().run(1_000);
    expectSize(world, 5_000, "marked");
    expect(Math.max(...world.sent.map(({ size }) => size))).toBe(5_000);
  });

  test("has just come up, and prefers less than it will: a stream that is opened then changes nothing", () => {
    const links = [{ preferredMtu: 1_419 }, { preferredMtu: 1_280 }];
    const world = new World(1, links).up().run(10);
    expectSize(world, PACKET_SIZE_MIN, "probing");
    world.links[1]!.preferredMtu = 16_384;
    world.act(() => world.prober.handleUse(world.now)).run(190);
    expectSize(world, 1_419, "marked");
  });

  test("loses 30 % of all packets, both ways, rarely gives its largest size away, and not for long", () => {
    const small = { after5s: 0, after65s: 0 };
    for (let seed = 1; seed <= 200; seed++) {
      const world = new World(seed, [{}, { loss: 0.3, delayMs: 20 }]).up().run(5_000);
      if (world.prober.size < sizeMax) small.after5s++;
      world.run(60_000);
      if (world.prober.size < sizeMax) small.after65s++;
    }
    expect(small.after5s).toBeLessThanOrEqual(6);
    expect(small.after65s).toBeLessThanOrEqual(3);
  });

  test.each([0.05, 0.15, 0.3])("loses a share of %d, and carries 4,096: that is found, too", (loss) => {
    for (let seed = 1; seed <= 50; seed++) {
      const world = new World(seed, [{}, { loss, delayMs: 20, mtu: 4_096, preferredMtu: 4_096 }]).up().run(40_000);
      expectSize(world, 4_096, "lost");
    }
  });
});

describe("a path that changes", () => {
  test("to a smaller preference is followed at the first doubt, and back again by itself", () => {
    const world = new World(1, [{}, {}, {}]).up().run(2_000);
    world.links[1]!.preferredMtu = 4_096;
    world.act(() => world.prober.handleDoubt(sizeMax, world.now)).run(300);
    expectSize(world, 4_096, "marked");
    expect(world.prober.isCarried(sizeMax)).toBe(true);
    world.links[1]!.preferredMtu = 16_384;
    world.run(12_000);
    expectSize(world, sizeMax, "proven");
  });

  test("without a doubt is noticed within half a minute of use", () => {
    const world = new World(1, [{}, {}, {}]).up().run(2_000);
    world.links[2]!.preferredMtu = 8_192;
    expectSize(world.run(32_000), 8_192, "marked");
  });

  test("to links that carry less is known as such: what was made for more has to shrink", () => {
    const world = new World(1, [{}, { delayMs: 10 }, {}]).up().run(2_000);
    Object.assign(world.links[1]!, { mtu: 1_419, preferredMtu: 1_419 });
    world.act(() => world.prober.handleDoubt(sizeMax, world.now)).run(1_000);
    expectSize(world, 1_419, "lost");
    expect([1_419, 4_096, sizeMax].map((size) => world.prober.isCarried(size))).toEqual([true, false, false]);
  });

  test("where the first link says so is not asked", () => {
    const world = new World(1, [{}, {}]).up().run(2_000);
    Object.assign(world.links[0]!, { mtu: 16_384, preferredMtu: 2_000 });
    world.up();
    expectSize(world, 2_000, "marked");
    expect(world.prober.isCarried(sizeMax)).toBe(true);
    Object.assign(world.links[0]!, { mtu: 2_000, preferredMtu: 2_000 });
    expect(world.up().prober.isCarried(sizeMax)).toBe(false);
    Object.assign(world.links[0]!, clean);
    world.up().run(1_200);
    expectSize(world, sizeMax, "proven");
  });

  test("all the time is tried more and more rarely", () => {
    const world = new World(1, [{}, {}]).up().run(2_000);
    for (let minute = 0; minute < 60; minute++) {
      world.links[1]!.preferredMtu = world.prober.size === sizeMax ? 4_096 : 16_384;
      world.act(() => world.prober.handleDoubt(world.prober.size, world.now)).run(60_000);
    }
    expect(world.sizes.length).toBeLessThan(40);
  });
});

describe("silence", () => {
  test("of the far end means nothing, and is met with little", () => {
    const world = new World(1, [{}, { delayMs: 10 }]).up().run(1_000);
    world.isFarEndUp = false;
    world.act(() => world.prober.handleDoubt(sizeMax, world.now));
    const before = world.sent.length;
    world.run(120_000);
    expectSize(world, sizeMax, "proven");
    expect(world.prober.isCarried(sizeMax)).toBe(true);
    const sent = world.sent.slice(before);
    expect(sent.filter(({ size }) => size > PACKET_SIZE_MIN)).toHaveLength(1);
    expect(sent.length).toBeLessThan(70);
    world.isFarEndUp = true;
    world.run(2_200);
    expect(world.prober.isSearching).toBe(false);
    expectSize(world, sizeMax, "proven");
  });

  test("before the far end is there at all ends with its first answer", () => {
    const world = new World(1, [{ delayMs: 3 }, {}]);
    world.isFarEndUp = false;
    world.up().run(10_000);
    expectSize(world, PACKET_SIZE_MIN, "probing");
    world.isFarEndUp = true;
    expectSize(world.run(2_200), sizeMax, "proven");
  });

  test("of a first link that is down sends nothing", () => {
    const world = new World(1, [{}]).up().run(1_000).down();
    const before = world.sent.length;
    world.act(() => world.prober.handleDoubt(sizeMax, world.now)).run(100_000);
    expect(world.sent.length).toBe(before);
    expectSize(world, sizeMax, "proven");
    Object.assign(world.links[0]!, { mtu: 1_420, preferredMtu: 1_420 });
    expectSize(world.up().run(100), 1_420, "proven");
  });
});

describe("a slow line in the middle", () => {
  test.each([
    [115_200, 60_000],
    [9_600, 120_000],
  ])("of %d baud is found out within %d ms, and left nearly empty", (baud, ms) => {
    const world = new World(1, [{}, lineOf(baud), {}]);
    world.isInUse = false;
    world.up().run(ms);
    expectSize(world, PACKET_SIZE_MIN, "lost");
    expect((world.carried * 1_000) / ms).toBeLessThan(baud / 10 / 5);
  });

  test("has no probes while nobody uses it, once its size is known", () => {
    const world = new World(1, [{}, lineOf(57_600), {}]);
    world.isInUse = false;
    world.up().run(20_000);
    expectSize(world, PACKET_SIZE_MIN, "lost");
    const sent = world.sent.length;
    expect(world.run(200_000).sent.length).toBe(sent);
    world.isInUse = true;
    Object.assign(world.links[1]!, clean);
    expectSize(world.run(60_000), sizeMax, "proven");
  });

  test("is looked at rarely while its streams are idle over a quiet link, and at once when there is doubt", () => {
    const checks = (isQuiet: boolean): number => {
      const world = new World(1, [{}]);
      world.isQuiet = isQuiet;
      world.up().run(20_000);
      const sent = world.sent.length;
      return world.run(600_000).sent.length - sent;
    };
    expect(checks(true)).toBeLessThanOrEqual(checks(false) / 9);
  });

  test("has no round of probes before those of the last one are overdue", () => {
    assert(
      property(integer({ min: 20, max: 3_000 }), (delayMs) => {
        const world = new World(1, [{}, { ...lineOf(1_000_000), delayMs }, {}]).up().run(20_000);
        const rtt = 2 * delayMs;
        // The first probes leave before anything is known.
        const rounds = world.sent.filter(({ at, size }) => size === PACKET_SIZE_MIN && at >= 2 * rtt + 200);
        for (const [index, { at }] of rounds.entries())
          if (index > 0) expect(at - rounds[index - 1]!.at).toBeGreaterThanOrEqual(rtt);
      }),
      { numRuns: runs(200, 30) },
    );
  });
});

describe("the bytes of probes", () => {
  const { probeBytesPerSecond: perSecond, probeGraceMs } = defaultLimits;
  const takenIn = (seconds: number, overdueMs: number): number => {
    const budget = new ProbeBudget(perSecond, probeGraceMs);
    let taken = 0;
    for (let now = 0; now < 1_000 * seconds; now += 10) if (budget.take(8_192, overdueMs, now) === 0) taken += 8_192;
    return taken / seconds;
  };

  test.each([0, 20, 250])("are as many where answers come within %d ms", (overdueMs) => {
    expect(takenIn(60, overdueMs)).toBe(takenIn(60, 0));
  });

  test.each([
    [500, perSecond / 4],
    [1_000, perSecond / 16],
    [5_000, perSecond / 64],
  ])("are fewer where they take %d ms", (overdueMs, atMost) => {
    expect(takenIn(600, overdueMs)).toBeLessThan(1.2 * atMost);
    expect(takenIn(600, overdueMs), "and yet some").toBeGreaterThan(0.8 * atMost);
  });
});

describe("what comes in", () => {
  test("without a nonce of ours, with another size, or twice, changes nothing", () => {
    const world = new World(1, [{ mtu: 16_384 }, { mtu: 4_096, preferredMtu: 4_096 }]);
    world.copies = 3;
    world.up();
    for (let i = 0; i < 200; i++) {
      world.run(5).act(() => {
        expect(world.prober.handleAnswer(BigInt(i), sizeMax, false, world.now)).toBe(false);
      });
    }
    expectSize(world, 4_096, "lost");
  });
});

test("whatever happens: probes stay few, and a path at rest has the size that it has in truth", () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = new Random(seed);
    const sizes = [1_280, 1_419, 4_096, 8_192, 16_384];
    const world = new World(seed, [{}, { delayMs: random.below(80) }, {}]).up();
    const change = (): void => {
      const link = random.pick(world.links);
      link.mtu = random.pick(sizes);
      link.preferredMtu = Math.min(link.mtu, random.pick(sizes));
      link.loss = random.pick([0, 0, 0.05, 0.3]);
      link.delayMs = random.below(80);
      world.isFarEndUp = random.chance(0.8);
      world.isInUse = random.chance(0.7);
      if (random.chance(0.2)) world.down();
      world.up();
    };
    for (let step = 0; step < 12; step++) {
      change();
      world.run(random.below(8_000));
      if (random.chance(0.5)) world.act(() => world.prober.handleDoubt(random.pick(sizes), world.now));
    }
    for (const link of world.links) link.loss = 0;
    world.isFarEndUp = true;
    world.isInUse = true;
    world.up().run(700_000);
    const truth = Math.min(sizeMax, ...world.links.map(({ preferredMtu }) => preferredMtu));
    expect({ seed, size: world.prober.size }).toEqual({ seed, size: truth });
    expectFew(world);
  }
});

/** Expects that probes stay below their bounds in every second. */
function expectFew({ sent }: World): void {
  for (let first = 0, last = 0, bytes = 0; last < sent.length; last++) {
    bytes += sent[last]!.size;
    for (; sent[first]!.at <= sent[last]!.at - 1_000; first++) bytes -= sent[first]!.size;
    expect(bytes).toBeLessThanOrEqual(2 * defaultLimits.probeBytesPerSecond);
    expect(last - first).toBeLessThan(60);
  }
}
