/** A label table on its way from a cluster vertex to a link vertex: docs/protocol/portal-api.md, "Offloaded transit". */
import { HEARTBEAT_INTERVAL_MS } from "@florenetes/portal-api";
import { Random, runs } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { FIRST_LABEL, HandOverWorld, LabelsTable, swap, type TransitPlace } from "./hand-over-world.ts";

const SEEDS = runs(60, 20);
const LABELS = Array.from({ length: 12 }, (_, index) => FIRST_LABEL + index);
const GOOD = { lossProbability: 0, duplicateProbability: 0, delayMsMin: 0, delayMsMax: 1, isCut: false };

/** Half a minute in which tables change, are replaced, and either process is restarted, over a bad channel; then five quiet seconds. */
class Weather {
  readonly world: HandOverWorld;
  readonly #random: Random;
  /** Labels whose removal the cluster vertex may take for done, once `isHeld` says so. */
  #removed: { label: number; change: number }[] = [];
  #packets = 0;

  constructor(place: TransitPlace, seed: number) {
    const random = new Random(seed);
    this.#random = random;
    const faults = {
      lossProbability: 0.25,
      duplicateProbability: 0.2,
      delayMsMin: 0,
      delayMsMax: seed % 3 === 0 ? 300 : 20,
    };
    this.world = new HandOverWorld(place, random, faults, this.#someLabels());
    this.world.connect();
    this.#step();
    const { scheduler, toServer, toClient } = this.world;
    scheduler.runUntil(30_000);
    for (const channel of [toServer, toClient]) Object.assign(channel.faults, GOOD);
    scheduler.runFor(5_000);
  }

  /** The labels that the link vertex forwards by. */
  get forwarded(): number[] {
    return LABELS.filter((label) => this.world.link.forwards(label, ++this.#packets));
  }

  #someLabels(): number[] {
    return LABELS.filter(() => this.#random.chance(0.5));
  }

  #step(): void {
    const { world } = this;
    const random = this.#random;
    const dice = random.below(100);
    if (dice < 50) this.#change();
    else if (dice < 60) this.#replace();
    else if (dice < 66) {
      this.#removed = [];
      world.restartCluster(this.#someLabels());
    } else if (dice < 72) world.restartLink();
    else if (dice < 80) {
      world.disconnect();
      world.scheduler.after(random.below(4_000), () => world.connect());
    }
    this.#check();
    if (world.scheduler.now < 29_000) world.scheduler.after(random.below(400), () => this.#step());
  }

  #change(): void {
    const { offer, labels, client, station } = this.world.cluster;
    const label = this.#random.pick(LABELS);
    if (labels.delete(label)) {
      this.#removed.push({ label, change: offer.append({ operation: "remove", link: 0, label }) });
    } else {
      labels.add(label);
      this.#removed = this.#removed.filter((removed) => removed.label !== label);
      offer.append(swap(label));
    }
    station.run((now) => client.handleTimeout(now));
  }

  #replace(): void {
    const { offer, client, station } = this.world.cluster;
    const labels = this.#someLabels();
    this.world.cluster.labels = new Set(labels);
    this.#removed = [];
    offer.replace(new LabelsTable(labels));
    station.run((now) => client.handleTimeout(now));
  }

  /** Checks that labels which the cluster vertex may take for removed are removed, and that all others lead on. */
  #check(): void {
    const { forwarded } = this;
    const { cluster } = this.world;
    for (const { label, change } of this.#removed) {
      if (cluster.offer.isHeld(change)) expect(forwarded, `label ${label} was removed`).not.toContain(label);
    }
    if (cluster.offer.isTaken) expect(forwarded).toEqual([...cluster.labels].toSorted((a, b) => a - b));
  }
}

describe.each<TransitPlace>(["here", "in another thread"])("transit %s", (place) => {
  describe("whatever is lost, late, doubled or restarted, in the end the link vertex forwards by the table", () => {
    test.each(Array.from({ length: SEEDS }, (_, seed) => seed))("seed %i", (seed) => {
      const weather = new Weather(place, seed);
      const { cluster, link, scheduler } = weather.world;
      expect(cluster.offer.isTaken).toBe(true);
      expect(weather.forwarded).toEqual([...cluster.labels].toSorted((a, b) => a - b));
      scheduler.runFor(1_000);
      expect(cluster.counted, "packets that it knows of").toBeGreaterThanOrEqual(link.sent);
    });

    test("equal seeds give equal runs", () => {
      expect(new Weather(place, 7).world.link.sent).toBe(new Weather(place, 7).world.link.sent);
    });
  });

  describe("a cluster vertex that is restarted", () => {
    const [KEPT, GONE] = [FIRST_LABEL, FIRST_LABEL + 1];
    const restarted = (): HandOverWorld => {
      const world = new HandOverWorld(place, new Random(1), { delayMsMin: 1, delayMsMax: 1 }, [KEPT, GONE]);
      world.connect();
      world.scheduler.runUntil(500);
      expect([world.link.forwards(KEPT, 1), world.link.forwards(GONE, 2)]).toEqual([true, true]);
      world.killCluster();
      return world;
    };

    test("misses nothing: packets go on without it, and by its table again as soon as that is whole", () => {
      const world = restarted();
      for (let id = 10; id < 30; id++) {
        world.scheduler.runFor(100);
        expect(world.link.forwards(KEPT, id)).toBe(true);
      }
      world.restartCluster([KEPT]);
      for (let id = 30; id < 60; id++) {
        world.scheduler.runFor(100);
        expect(world.link.forwards(KEPT, id)).toBe(true);
      }
      expect(world.link.forwards(GONE, 100)).toBe(false);
      // Another thread's counts are asked for with one heartbeat, and told with the next.
      world.scheduler.runFor(2 * HEARTBEAT_INTERVAL_MS);
      expect(world.cluster.counted, "its counts go on where they were").toBe(world.link.sent);
    });

    test("and does not come back: after 10 s without it nothing is forwarded", () => {
      const world = restarted();
      world.scheduler.runFor(9_900);
      expect(world.link.forwards(KEPT, 10)).toBe(true);
      world.scheduler.runFor(200);
      expect(world.link.forwards(KEPT, 11)).toBe(false);
    });

    test("and says nothing of its table: 3 s after its Attach nothing is forwarded", () => {
      const world = restarted();
      const attach = world.cluster;
      expect(attach.offer.isTaken).toBe(true);
      world.restartCluster([KEPT]);
      // The successor is an older version, which knows of no table: its offer never hears that the link vertex can take it.
      world.cluster.offer.handleAttached = () => {};
      world.scheduler.runFor(2_900);
      expect(world.link.forwards(KEPT, 10)).toBe(true);
      world.scheduler.runFor(300);
      expect(world.link.forwards(KEPT, 11)).toBe(false);
    });
  });

  test("a link vertex that is restarted gets the table anew, and what was counted stays", () => {
    const world = new HandOverWorld(place, new Random(1), { delayMsMin: 1, delayMsMax: 1 }, LABELS);
    world.connect();
    world.scheduler.runUntil(500);
    for (let id = 0; id < 10; id++) world.link.forwards(LABELS[0]!, id);
    world.scheduler.runFor(500);
    expect(world.cluster.counted).toBe(10);
    world.restartLink();
    world.scheduler.runFor(500);
    for (let id = 20; id < 23; id++) expect(world.link.forwards(LABELS[0]!, id)).toBe(true);
    world.scheduler.runFor(500);
    expect(world.cluster.counted).toBe(13);
  });
});

test(
  "a million labels are handed over bit by bit: at most four parts at a time, and what waits is bounded",
  { timeout: 180_000 },
  () => {
    const COUNT = 1_000_000;
    const world = new HandOverWorld("here", new Random(1), { delayMsMin: 1, delayMsMax: 1, lossProbability: 0.01 });
    world.cluster.offer.replace(new LabelsTable({ count: COUNT }));
    let [parts, largest] = [0, 0];
    const { transit } = world.link;
    const take = transit.handleChanges.bind(transit);
    transit.handleChanges = (part) => {
      parts++;
      largest = Math.max(largest, part.changes.length);
      take(part);
    };
    world.connect();
    let waiting = 0;
    while (!world.cluster.offer.isTaken && world.scheduler.now < 120_000) {
      world.scheduler.runFor(1);
      const { sent, lost, delivered, duplicated } = world.toServer.counters;
      waiting = Math.max(waiting, sent + duplicated - lost - delivered);
    }
    expect(world.cluster.offer.isTaken).toBe(true);
    expect(largest).toBe(512);
    expect(waiting, "parts and heartbeats under way").toBeLessThanOrEqual(8);
    expect(parts, "hardly any comes twice").toBeLessThan((1.2 * COUNT) / 512);
    expect(world.link.transit.labels).toBe(COUNT + 2);
    expect(world.link.forwards(FIRST_LABEL + COUNT - 1, 1)).toBe(true);
  },
);
