import { describe, expect, test } from "vitest";
import type { FactBook } from "../../src/book/fact-book.ts";
import { rankHosts } from "../../src/registry/hosts.ts";
import { Registry, serviceSlot } from "../../src/registry/registry.ts";
import { bookOf, offer, run, take } from "../book/books.ts";
import { factOf } from "../held.ts";
import { DAY, NOW, service, voided } from "../records.ts";

const web = serviceSlot("cluster", "web");
const on = (epoch: number, hosts: readonly string[], expires = NOW + epoch * DAY): Buffer =>
  service({ epoch, expires }, { hosts: hosts.map((node, at) => ({ node, priority: at, weight: 1 })) });

class Scene {
  readonly book: FactBook;
  readonly down = new Set<string>();
  readonly full = new Set<string>();
  readonly registry: Registry;

  constructor(records: readonly Uint8Array[], marks?: ReadonlyMap<string, "active" | "fallback">) {
    this.book = bookOf([]);
    this.book.use(marks?.keys() ?? []);
    for (const octets of records) take(this.book, octets);
    this.registry = new Registry({
      node: "alpha",
      recordsOf: (slot) => this.book.in(slot),
      canReach: (host) => !this.down.has(host),
      isFull: (host) => this.full.has(host),
      ...(marks === undefined ? {} : { marks }),
    });
    this.registry.use([web], NOW);
  }

  take(octets: Uint8Array, now = NOW): void {
    take(this.book, octets, now);
    this.registry.handleRecords(web, now);
    this.book.use(this.registry.marks().keys());
  }

  prove(
    record: Uint8Array,
    host: string,
    verdict: "proven" | "unproven" | "wrong-identity" = "proven",
    now = NOW,
  ): void {
    this.registry.handleProof(web, factOf(record).id, host, verdict, now);
    this.book.use(this.registry.marks().keys());
  }

  /** Path and next, as `host@epoch`. */
  get paths(): (string | undefined)[] {
    const { path, next } = this.registry.stateOf(web)!;
    return [path, next].map((choice) => choice && `${choice.host}@${choice.record.epoch}`);
  }

  /** Epochs: candidate, active, fallbacks. */
  get state(): unknown[] {
    const { candidate, active, fallbacks } = this.registry.stateOf(web)!;
    return [candidate?.epoch, active?.epoch, fallbacks.map(({ epoch }) => epoch)];
  }

  get told(): string[] {
    const told: string[] = [];
    for (let event = this.registry.pollEvent(); event !== undefined; event = this.registry.pollEvent()) {
      if (event.kind === "state") told.push(`${event.record.epoch} ${event.state} ${event.reason ?? ""}`.trimEnd());
      if (event.kind === "refused") told.push(`${event.record.epoch} ${event.host} ${event.reason}`);
    }
    return told;
  }
}

const [one, two, three, four] = [on(1, ["b"]), on(2, ["c"]), on(3, ["d"]), on(4, ["e"])] as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
];

describe("a record of a service", () => {
  test("is active when it is proven, and yields to a proven newer one, which it is the fallback of", () => {
    const scene = new Scene([one]);
    expect([scene.paths, scene.state]).toEqual([
      [undefined, "b@1"],
      [1, undefined, []],
    ]);
    scene.prove(one, "b");
    expect([scene.paths, scene.state]).toEqual([
      ["b@1", undefined],
      [undefined, 1, []],
    ]);
    scene.take(two);
    expect([scene.paths, scene.state]).toEqual([
      ["b@1", "c@2"],
      [2, 1, []],
    ]);
    scene.prove(two, "c");
    expect([scene.paths, scene.state]).toEqual([
      ["c@2", undefined],
      [undefined, 2, [1]],
    ]);
    expect(scene.told).toEqual(["1 candidate", "1 active", "2 candidate", "2 active", "1 fallback"]);
  });

  test("that is never proven takes no active one's place, however many come, and whatever the end of it", () => {
    const scene = new Scene([one]);
    scene.prove(one, "b");
    scene.take(two);
    scene.prove(two, "c", "unproven");
    expect(scene.paths).toEqual(["b@1", undefined]);
    scene.registry.handleTimeout(NOW + 10_000);
    expect(scene.paths).toEqual(["b@1", "c@2"]);
    scene.prove(two, "c", "wrong-identity", NOW + 10_000);
    scene.take(on(3, ["d"], NOW + 20_000), NOW + 10_000);
    scene.registry.handleTimeout(NOW + 20_000);
    expect(scene.state).toEqual([undefined, 1, []]);
    expect(scene.paths).toEqual(["b@1", undefined]);
    expect(scene.told.slice(2)).toEqual([
      "2 candidate",
      "2 c unproven",
      "2 c wrong-identity",
      "2 ended newer",
      "3 candidate",
      "3 ended expired",
    ]);
    scene.prove(two, "c", "proven", NOW + 20_000);
    expect(scene.state).toEqual([undefined, 1, []]);
  });

  test("that is void ends at once, with all before it, and comes back no more", () => {
    const scene = new Scene([one]);
    scene.prove(one, "b");
    scene.take(two);
    scene.prove(two, "c");
    scene.take(three);
    scene.take(service(voided(30, { epoch: 3 })));
    expect([scene.paths, scene.state]).toEqual([
      [undefined, undefined],
      [undefined, undefined, []],
    ]);
    expect(scene.told.slice(-3)).toEqual(["3 ended voided", "2 ended voided", "1 ended voided"]);
    scene.prove(two, "c");
    expect(scene.paths).toEqual([undefined, undefined]);
    scene.take(four);
    expect(scene.paths).toEqual([undefined, "e@4"]);
  });

  test("is one of two fallbacks at most, until its own end", () => {
    const scene = new Scene([one]);
    scene.prove(one, "b");
    for (const [octets, host] of [
      [two, "c"],
      [three, "d"],
      [four, "e"],
    ] as const) {
      scene.take(octets);
      scene.prove(octets, host);
    }
    expect(scene.state).toEqual([undefined, 4, [3, 2]]);
    expect(scene.told).toContain("1 ended crowded");
    expect(scene.book.size).toBe(3);
    expect(scene.registry.nextTimeout(NOW)).toBe(NOW + 2 * DAY);
    scene.registry.handleTimeout(NOW + 2 * DAY);
    expect(scene.state).toEqual([undefined, 4, [3]]);
  });

  test("whose keys do not count any more is used no more, and a fallback that counts is active again", () => {
    const scene = new Scene([one]);
    scene.prove(one, "b");
    scene.take(two);
    scene.prove(two, "c");
    const facts = [factOf(one)];
    const registry = new Registry({
      node: "alpha",
      recordsOf: () => facts,
      canReach: () => true,
      isFull: () => false,
      marks: scene.registry.marks(),
    });
    registry.use([web], NOW);
    expect(registry.stateOf(web)).toMatchObject({ active: { epoch: 1 }, candidate: undefined });
    facts.length = 0;
    registry.refresh(NOW);
    expect(registry.stateOf(web)).toMatchObject({ active: undefined, fallbacks: [] });
  });

  test("is what it was before a restart, and its hosts prove themselves again", () => {
    const before = new Scene([one]);
    before.prove(one, "b");
    before.take(two);
    before.prove(two, "c");
    before.take(three);
    const after = new Scene([one, two, three], before.registry.marks());
    expect(after.state).toEqual([3, 2, [1]]);
    expect(after.paths).toEqual([undefined, "d@3"]);
    after.prove(two, "c");
    expect(after.paths).toEqual(["c@2", "d@3"]);
  });
});

describe("hosts", () => {
  const both = on(1, ["b", "c"]);

  test("are taken by priority, without those that cannot be reached, and each is proven first", () => {
    const scene = new Scene([both]);
    scene.down.add("b");
    scene.registry.refresh(NOW);
    expect(scene.paths).toEqual([undefined, "c@1"]);
    scene.prove(both, "c");
    scene.down.delete("b");
    scene.registry.refresh(NOW);
    expect(scene.paths).toEqual(["c@1", "b@1"]);
    scene.prove(both, "b");
    expect(scene.paths).toEqual(["b@1", undefined]);
    scene.down.add("b");
    scene.registry.refresh(NOW);
    expect(scene.paths).toEqual(["c@1", undefined]);
  });

  test("have another one of the same record beside them, for when nothing is heard of the one in use", () => {
    const scene = new Scene([both]);
    const standby = (now = NOW): string | undefined => {
      scene.registry.refresh(now);
      return scene.registry.stateOf(web)!.standby?.host;
    };
    expect(standby(), "nothing is in use").toBeUndefined();
    scene.prove(both, "b");
    expect(standby()).toBe("c");
    scene.down.add("c");
    expect(standby()).toBeUndefined();
    scene.down.delete("c");
    scene.full.add("c");
    expect(standby(), "a full one takes nothing").toBeUndefined();
    scene.full.delete("c");
    expect(standby()).toBe("c");
    scene.prove(both, "c", "unproven");
    expect(standby(), "one that has failed stays where there is no other").toBe("c");
    scene.prove(both, "b", "unproven");
    scene.prove(both, "c");
    expect(standby(), "one that was in use and has failed is left alone for a while").toBeUndefined();
    expect(standby(NOW + 10_000)).toBe("b");
  });

  test("have another standby where the present one could not be proven", () => {
    const record = on(1, ["b", "c", "d"]);
    const scene = new Scene([record]);
    scene.prove(record, "b");
    const standby = (): string | undefined => scene.registry.stateOf(web)!.standby?.host;
    expect(standby()).toBe("c");
    scene.prove(record, "c", "wrong-identity");
    expect(standby()).toBe("d");
    scene.prove(record, "d", "unproven");
    expect(standby(), "none is better").toBe("d");
  });

  test("change their standby only where it is none any more, or another one has been better for a minute", () => {
    const record = on(1, ["b", "c", "d"]);
    const scene = new Scene([record]);
    scene.prove(record, "b");
    const standby = (seconds: number): string | undefined => {
      scene.registry.refresh(NOW + seconds * 1_000);
      return scene.registry.stateOf(web)!.standby?.host;
    };
    expect(standby(0)).toBe("c");
    scene.down.add("c");
    expect(standby(1)).toBe("d");
    scene.down.delete("c");
    expect([standby(2), standby(61.9)]).toEqual(["d", "d"]);
    scene.down.add("c");
    expect(standby(62)).toBe("d");
    scene.down.delete("c");
    expect([standby(62), standby(121)]).toEqual(["d", "d"]);
    expect(scene.registry.nextTimeout(NOW + 121_000)).toBe(NOW + 122_000);
    expect(standby(122)).toBe("c");
    scene.prove(record, "b", "unproven", NOW + 123_000);
    scene.prove(record, "c", "proven", NOW + 123_000);
    expect(standby(123), "the one in use stands by for nothing").toBe("d");
  });

  test("that are full come after all others: one that is used gives way once another is proven, and stays where all are full", () => {
    const scene = new Scene([both]);
    scene.prove(both, "b");
    scene.full.add("b");
    scene.registry.refresh(NOW);
    expect(scene.paths).toEqual(["b@1", "c@1"]);
    scene.prove(both, "c");
    expect(scene.paths).toEqual(["c@1", undefined]);
    scene.full.add("c");
    scene.registry.refresh(NOW);
    expect(scene.paths).toEqual(["c@1", undefined]);
    scene.down.add("c");
    scene.registry.refresh(NOW);
    expect(scene.paths).toEqual(["b@1", undefined]);
    scene.full.clear();
    scene.down.clear();
    scene.registry.refresh(NOW);
    expect(scene.paths).toEqual(["b@1", undefined]);
  });

  test("of a fallback carry what those of the active record cannot", () => {
    const scene = new Scene([one]);
    scene.prove(one, "b");
    scene.take(two);
    scene.prove(two, "c");
    scene.prove(two, "c", "unproven");
    expect([scene.paths, scene.state]).toEqual([
      ["b@1", undefined],
      [undefined, 2, [1]],
    ]);
    scene.registry.handleTimeout(NOW + 10_000);
    expect(scene.paths).toEqual(["b@1", "c@2"]);
    scene.prove(two, "c", "proven", NOW + 10_000);
    expect(scene.paths).toEqual(["c@2", undefined]);
  });

  test("that show a wrong key are tried again soon, and more rarely each time, until they are proven", () => {
    const scene = new Scene([one]);
    let now = NOW;
    const waitFor = (ms: number): void => {
      scene.registry.handleTimeout(now + ms - 1);
      expect(scene.paths).toEqual([undefined, undefined]);
      scene.registry.handleTimeout((now += ms));
      expect(scene.paths).toEqual([undefined, "b@1"]);
    };
    for (const seconds of [10, 20, 40, 60, 60]) {
      scene.prove(one, "b", "wrong-identity", now);
      waitFor(seconds * 1_000);
    }
    scene.prove(one, "b", "unproven", now);
    waitFor(10_000);
    scene.prove(one, "b", "proven", now);
    scene.prove(one, "b", "wrong-identity", now);
    waitFor(10_000);
  });

  test("that failed while the clock was ahead are tried again once it is right", () => {
    const scene = new Scene([one]);
    scene.prove(one, "b", "wrong-identity", NOW + DAY);
    expect(scene.paths).toEqual([undefined, undefined]);
    scene.registry.handleTimeout(NOW);
    expect(scene.paths).toEqual([undefined, "b@1"]);
  });

  test("outside of the record prove nothing, and neither do services that are not in use", () => {
    const scene = new Scene([one]);
    scene.prove(one, "z");
    scene.registry.handleProof(serviceSlot("cluster", "mail"), factOf(one).id, "b", "proven", NOW);
    expect(scene.paths).toEqual([undefined, "b@1"]);
    scene.registry.use([], NOW);
    expect([scene.registry.stateOf(web), scene.registry.marks().size]).toEqual([undefined, 0]);
  });

  test("have users by their weights, and one that goes moves no other users", () => {
    const hosts = [1, 1, 2, 0].map((weight, at) => ({ node: `h${at}`, priority: 1, weight }));
    const all = factOf(service({}, { hosts }));
    const without = factOf(service({}, { hosts: hosts.slice(1) }));
    const users = Array.from({ length: 4_000 }, (_, at) => `user-${at}`);
    const counts = new Map<string, number>();
    for (const user of users) {
      const [first] = rankHosts(all, user);
      counts.set(first!, (counts.get(first!) ?? 0) + 1);
      if (first !== "h0") expect(rankHosts(without, user)[0]).toBe(first);
      expect(rankHosts(all, user).at(-1)).toBe("h3");
    }
    expect(counts.get("h2")! / users.length).toBeCloseTo(0.5, 1);
    expect(counts.get("h0")! / users.length).toBeCloseTo(0.25, 1);
    const far = service({}, { hosts: [{ node: "far", priority: 9, weight: 60_000 }, ...hosts] });
    expect(rankHosts(factOf(far), "alpha").at(-1)).toBe("far");
  });
});

test("a book keeps the records in use, and no others", () => {
  const scene = new Scene([one]);
  scene.prove(one, "b");
  for (const octets of [two, three]) scene.take(octets);
  expect(scene.book.size).toBe(2);
  scene.registry.use([], NOW);
  scene.book.use(scene.registry.marks().keys());
  expect(scene.book.size).toBe(1);
  expect(offer(scene.book, two)).toBe("older");
  run(scene.book, NOW + DAY);
});
