import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AskedSlot, Asking, type KnownCoordinator } from "../../../src/agent/routes/asking.ts";

const SECOND = 1_000;
const MINUTE = 60_000;
const BEACON_MS = 30_000;
const KEY = "cluster web d";
/** A coordinator composes, has permits acknowledged, and gives a lease. */
const LEASE_MS = 1_500;
const LIFE_MS = 600_000;

interface Lease {
  readonly id: string;
  readonly expires: number;
}

/** An origin beside coordinators that lease a moment after they are asked, and take permits back once they are asked no more: the origin is not told, and has such a lease to its end. */
class Origin {
  readonly asking: Asking;
  /** Coordinators whose leases relays permit. */
  readonly permitted = new Set<string>();
  readonly leases = new Map<string, Lease>();
  holder: string | undefined;
  #count = 0;
  readonly #wanted = new Map<string, number>();
  readonly bad = new Set<string>();

  constructor(name: string, now: number) {
    this.asking = new Asking(name, now);
  }

  step(coordinators: ReadonlyMap<string, Coordinator>, now: number): void {
    for (const [name, { expires }] of this.leases) if (now >= expires) this.leases.delete(name);
    const letGo = this.asking.letGoOf(KEY);
    const inOrder = [...this.leases.keys()].toSorted((a, b) => Number(letGo.has(a)) - Number(letGo.has(b)));
    if (!this.leases.has(this.holder ?? "")) this.holder = inOrder[0];
    const failing = new Set([...this.leases.keys()].filter((name) => this.bad.has(name)));
    const working = new Set([...this.leases.keys()].filter((name) => !failing.has(name)));
    if (failing.has(this.holder ?? ""))
      this.holder = inOrder.find((name) => working.has(name) && !letGo.has(name)) ?? this.holder;
    const leases = new Map([...this.leases].map(([name, { id }]) => [name, id]));
    const slot: AskedSlot = { key: KEY, holder: this.holder, leases, working, failing };
    const known = [...coordinators].map(([node, each]): KnownCoordinator => each.seenAt(node, now));
    this.asking.follow([slot], known, now);
    const next = this.asking.nextOf(KEY);
    if (next !== undefined) this.holder = next;
    for (const [name, { isUp }] of coordinators) {
      if (!isUp) continue;
      if (!this.asking.asks(name, KEY)) {
        this.#wanted.delete(name);
        this.permitted.delete(name);
        continue;
      }
      const since = this.#wanted.get(name) ?? now;
      this.#wanted.set(name, since);
      const renewsAt = this.permitted.has(name) ? (this.leases.get(name)?.expires ?? 0) - LIFE_MS / 2 : 0;
      if (now < since + LEASE_MS || now < renewsAt) continue;
      this.permitted.add(name);
      this.leases.set(name, { id: String(++this.#count), expires: now + LIFE_MS });
    }
  }

  get asked(): string[] {
    return NAMES.filter((name) => this.asking.asks(name, KEY));
  }
}

const NAMES = ["k", "l", "m", "n"];

class Coordinator {
  isUp = true;
  answers = true;
  #heardAt: number;
  #unansweredSince: number | undefined;

  constructor(now: number) {
    this.#heardAt = now;
  }

  seenAt(node: string, now: number): KnownCoordinator {
    if (this.isUp && now % BEACON_MS === 0) this.#heardAt = now;
    this.#unansweredSince = this.isUp && this.answers ? undefined : (this.#unansweredSince ?? now);
    return { node, heardAt: this.#heardAt, unansweredSince: this.#unansweredSince };
  }
}

class World {
  now = 0;
  readonly coordinators = new Map<string, Coordinator>();
  readonly origins: Origin[];

  constructor(names: readonly string[], origins: number) {
    for (const name of names) this.join(name);
    this.origins = Array.from({ length: origins }, (_, index) => new Origin(`node-${index}`, 0));
  }

  join(name: string): void {
    this.coordinators.set(name, new Coordinator(this.now));
  }

  run(ms: number, look: () => void = () => {}): void {
    for (const end = this.now + ms; this.now < end;) {
      this.now += SECOND;
      for (const origin of this.origins) origin.step(this.coordinators, this.now);
      look();
    }
  }

  /** Whether each origin has a lease that relays permit. */
  get isHeld(): boolean {
    return this.origins.every(({ holder, permitted }) => permitted.has(holder ?? ""));
  }

  /** How many origins use each coordinator's lease. */
  get held(): Record<string, number> {
    const held = Object.groupBy(this.origins, ({ holder }) => holder ?? "nobody");
    return Object.fromEntries(Object.entries(held).map(([name, all]) => [name, all!.length]));
  }
}

const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;

describe("300 origins of three coordinators", () => {
  test("are shared, go on without one, and come to one more; no lease is missing meanwhile", () => {
    const world = new World(["k", "l", "m"], 300);
    world.run(MINUTE);
    for (const name of ["k", "l", "m"]) expect(world.held[name]).toBeGreaterThan(70);
    expect(world.origins.every(({ asked }) => asked.length === 1)).toBe(true);

    const lost = world.origins.filter(({ holder }) => holder === "k");
    const others = new Map(world.origins.filter(({ holder }) => holder !== "k").map((each) => [each, each.holder]));
    world.coordinators.get("k")!.isUp = false;
    let isHeld = true;
    const [diedAt, back, perSecond] = [world.now, new Map<Origin, number>(), new Map<number, number>()];
    world.run(5 * MINUTE, () => {
      isHeld &&= world.isHeld;
      for (const origin of lost) {
        if (origin.holder === "k" || back.has(origin)) continue;
        back.set(origin, world.now - diedAt);
        const second = Math.floor(world.now / SECOND);
        perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
      }
    });
    const times = [...back.values()].toSorted((a, b) => a - b);
    expect(times).toHaveLength(lost.length);
    expect(percentile(times, 0.5)).toBeLessThan(110 * SECOND);
    expect(percentile(times, 0.99)).toBeLessThan(125 * SECOND);
    // Origins come in half a minute, and not all at once.
    expect(Math.max(...perSecond.values())).toBeLessThan(lost.length / 5);
    for (const [origin, holder] of others) expect(origin.holder).toBe(holder);

    const before = new Map(world.origins.map((each) => [each, each.holder]));
    world.coordinators.delete("k");
    world.join("n");
    world.run(5 * MINUTE, () => void (isHeld &&= world.isHeld));
    expect(isHeld).toBe(true);
    const moved = world.origins.filter((each) => each.holder !== before.get(each));
    expect(new Set(moved.map(({ holder }) => holder))).toEqual(new Set(["n"]));
    expect(moved.length).toBeLessThan(300 / 3 + 25);
    expect(moved.length).toBeGreaterThan(70);
    expect(world.origins.every(({ asked }) => asked.length === 1)).toBe(true);
  });

  test("have a first lease within 30 s while the one in front is away, and nobody has noticed yet", () => {
    const world = new World(["k", "l", "m"], 300);
    world.coordinators.get("k")!.isUp = false;
    world.run(30 * SECOND);
    expect(world.held).not.toHaveProperty("nobody");
    expect(world.held).not.toHaveProperty("k");
  });

  test("leave one that is heard and answers nothing", () => {
    const world = new World(["k", "l", "m"], 300);
    world.run(MINUTE);
    world.coordinators.get("k")!.answers = false;
    world.run(150 * SECOND);
    expect(world.held).not.toHaveProperty("k");
  });
});

describe("a lease", () => {
  const world = (): { world: World; origin: Origin; first: string; second: string } => {
    const one = new World(["k", "l"], 1);
    one.run(10 * SECOND);
    const origin = one.origins[0]!;
    const first = origin.holder!;
    return { world: one, origin, first, second: first === "k" ? "l" : "k" };
  };

  test("that leads nowhere has another coordinator asked at once, and goes back no sooner than 20 minutes later", () => {
    const { world: one, origin, first, second } = world();
    origin.bad.add(first);
    one.run(SECOND);
    expect(origin.asked).toEqual(["k", "l"]);
    one.run(4 * SECOND);
    expect(origin.holder).toBe(second);
    origin.bad.clear();
    one.run(30 * SECOND);
    expect(origin.asked).toEqual([second]);
    one.run(19 * MINUTE, () => expect(origin.holder).toBe(second));
    one.run(5 * MINUTE);
    expect(origin.holder).toBe(first);
  });

  test("is asked of the former coordinator until that of the next one is in use, and 10 s longer", () => {
    const { world: one, origin, first, second } = world();
    // The lease that the first one has just renewed is still there when it is moved back to.
    one.run(5 * MINUTE);
    one.coordinators.get(first)!.isUp = false;
    one.run(2.5 * MINUTE);
    expect(origin.holder).toBe(second);
    one.coordinators.get(first)!.isUp = true;
    let usedAt: number | undefined;
    one.run(10 * MINUTE, () => {
      expect(one.isHeld).toBe(true);
      if (origin.holder === second) expect(origin.asked).toContain(second);
      else usedAt ??= one.now;
      if (usedAt !== undefined && one.now < usedAt + 9 * SECOND) expect(origin.asked).toEqual(["k", "l"]);
    });
    expect(origin.asked).toEqual([first]);
    expect(origin.asking.moves).toBe(2);
  });

  test("that was let go of is used no more, though its time is not over, until its coordinator has leased anew", () => {
    const { world: one, origin, first, second } = world();
    one.run(5 * MINUTE);
    one.coordinators.get(first)!.isUp = false;
    one.run(2.5 * MINUTE);
    one.coordinators.get(first)!.isUp = true;
    one.run(MINUTE);
    expect([origin.holder, origin.leases.has(first)]).toEqual([second, true]);
    origin.bad.add(second);
    one.run(SECOND);
    expect(origin.holder).toBe(second);
    expect(origin.asked).toContain(first);
    one.run(4 * SECOND);
    expect([origin.holder, one.isHeld]).toEqual([first, true]);
  });

  test.each([2.5, 6, 20])("stays where its coordinator is away for %d minutes, time and again", (awayMinutes) => {
    const { world: one, origin, first, second } = world();
    const coordinator = one.coordinators.get(first)!;
    for (let turn = 0; turn < 6; turn++) {
      coordinator.isUp = false;
      // Readers of mail that are silent for long are none any more.
      one.run(Math.min(awayMinutes, 5) * MINUTE);
      one.coordinators.delete(first);
      one.run(Math.max(0, awayMinutes - 5) * MINUTE);
      coordinator.isUp = true;
      one.coordinators.set(first, coordinator);
      one.run(2 * MINUTE);
      expect(origin.holder).toBe(second);
    }
    expect(origin.asking.moves).toBeLessThanOrEqual(1);
  });

  test("stays where coordinators come and go faster than they are trusted again", () => {
    const { world: one, origin, first, second } = world();
    for (let turn = 0; turn < 10; turn++) {
      one.coordinators.get(first)!.isUp = false;
      one.run(2.5 * MINUTE);
      one.coordinators.get(first)!.isUp = true;
      one.run(2 * MINUTE);
      expect(origin.holder).toBe(second);
    }
    expect(origin.asking.moves).toBe(1);
  });
});

test("whatever comes and goes, a lease is asked of somebody, and of its holder", () => {
  const events = fc.array(
    fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom("up", "down", "bad", "good"), fc.nat(120)),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), events, (name, all) => {
      const world = new World(NAMES, 0);
      const origin = new Origin(name, 0);
      world.origins.push(origin);
      for (const [node, what, seconds] of all) {
        const coordinator = world.coordinators.get(node)!;
        if (what === "up" || what === "down") coordinator.isUp = what === "up";
        else if (what === "bad") origin.bad.add(node);
        else origin.bad.delete(node);
        let isHeld = true;
        world.run(seconds * SECOND, () => {
          const { asked, holder } = origin;
          isHeld &&= asked.length > 0 && (holder === undefined || asked.includes(holder));
        });
        if (!isHeld) return false;
      }
      return true;
    }),
    { numRuns: runs(300, 30) },
  );
});
