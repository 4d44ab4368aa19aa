/** An observer of telemetry takes what nodes say of themselves, and is bounded by what they may. */
import { type Bodies, bodyOf, type Fact, signPayload, writePayload } from "@florenetes/facts";
import { Conduct, Outcome, readRecordsAnswer, VerificationTurns, writeRecordsLetter } from "@florenetes/feed";
import { findingsIn, nodesIn, sumsOf, type Sums } from "@florenetes/telemetry";
import { beforeEach, describe, expect, test } from "vitest";
import { HeldRecords } from "../../../src/agent/records/held-records.ts";
import { judgeHandedIn } from "../../../src/agent/records/handed-in.ts";
import { FleetObserver } from "../../../src/agent/telemetry/fleet-observer.ts";
import { FIRST_OBSERVE_MS, OBSERVE_MS, SENDER_BURST, SILENT_MS } from "../../../src/agent/telemetry/limits.ts";
import { DAY, DemoCluster, newKey, type TestKey } from "../../demo-records.ts";
import { nothingKept } from "../nothing-kept.ts";

const NOON = Date.parse("2026-11-25T12:00:00.000Z");
const MINUTE = 60_000;
const ROLE = { actions: [], services: [], depth: 0 };
type Members = Readonly<Record<string, unknown>>;

const REPORT = {
  links: [{ label: 7, peer: "o", figures: [20_000, 1_000, 0, 100_000, 0, 1_400, 0] }],
  load: { cpu: 12, memory: 40, sockets: 1 },
  metered: false,
  nat: "none",
  endpoints: [],
  carried: [],
  routes: [],
  uses: [],
  versions: [],
} satisfies Bodies["report"];

class Scene {
  readonly cluster = new DemoCluster(NOON - DAY);
  readonly keys = new Map(["o", "a", "b", "c", "d"].map((name) => [name, newKey(name)]));
  readonly records: HeldRecords;
  readonly observer: FleetObserver;
  readonly observations: Fact[] = [];
  readonly conduct = new Conduct(new VerificationTurns(), 0);
  at = { now: 0, wall: NOON };
  #epoch = 0;

  constructor() {
    const options = { cluster: "demo", node: "o", fingerprint: this.cluster.fingerprint, development: false };
    this.records = new HeldRecords(options, nothingKept(), NOON);
    this.hand(this.cluster.root, this.cluster.node(this.key("o")));
    this.hand(this.cluster.control({ kind: "role", subject: "o/observer/north", body: ROLE }));
    this.observer = new FleetObserver({
      ...options,
      key: this.key("o"),
      book: () => this.records.book,
      hand: (all, { wall }) => judgeHandedIn(all, this.records, "demo", wall),
      onObservation: (fact) => this.observations.push(fact),
    });
    this.observer.advance(this.at);
  }

  key(name: string): TestKey {
    return this.keys.get(name)!;
  }

  hand(...records: readonly Uint8Array[]): void {
    judgeHandedIn(records, this.records, "demo", this.at.wall);
  }

  node(name: string, body: Members = {}): Buffer {
    return this.cluster.node(this.key(name), {}, body);
  }

  record(kind: string, name: string, body: Members, members: Members = {}, signer = this.key(name)): Uint8Array {
    const slot = { kind, scope: "cluster", subject: name, authority: "node", issuer: name };
    const { wall } = this.at;
    const times = { epoch: ++this.#epoch, generation: 0, issued: wall, expires: wall + 3 * MINUTE };
    return signPayload(writePayload({ cluster: "demo", ...slot, ...times, body, ...members }), [signer]);
  }

  report(name: string, body: Members = {}, members: Members = {}, signer = this.key(name)): Uint8Array {
    return this.record("report", name, { ...REPORT, ...body }, members, signer);
  }

  profile(name: string, version: string): Uint8Array {
    const device = { charging: true, network: "wired", metered: false, foreground: true };
    return this.record("profile", name, { device, software: { version }, contracts: [] });
  }

  /** The answer for each record; the outcome of the letter where it was not answered. */
  send(name: string, records: readonly Uint8Array[], key = this.key(name).key): readonly string[] | number {
    const letter = { number: 1, from: name, node: name, key, body: writeRecordsLetter(records), conduct: this.conduct };
    const { outcome, body } = this.observer.handleLetter(letter, this.at);
    return outcome === Outcome.answered ? readRecordsAnswer(body)! : outcome;
  }

  wait(ms: number): void {
    this.at = { now: this.at.now + ms, wall: this.at.wall + ms };
    this.observer.advance(this.at);
  }

  setClock(aheadMs: number): void {
    this.at = { ...this.at, wall: this.at.wall + aheadMs };
    this.observer.advance(this.at);
  }

  /** The sums of the newest observation of a scope. */
  sums(scope = "cluster"): Sums {
    const fact = this.observations.findLast((each) => each.scope === scope);
    return sumsOf(bodyOf(fact!, "observation")!);
  }

  /** Heard, silent and unwell nodes. */
  counts(scope?: string): readonly number[] {
    const { all } = this.sums(scope);
    return (["heard", "silent", "unwell"] as const).map((what) => nodesIn(all, what));
  }
}

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

describe("reports", () => {
  test("come with the record of their node, are added up by organization, and told each minute", () => {
    expect(scene.send("a", [scene.node("a"), scene.profile("a", "0.2.0"), scene.report("a")])).toEqual(
      Array.from({ length: 3 }, () => "taken"),
    );
    scene.hand(scene.node("b", { organization: "globex" }));
    scene.hand(scene.cluster.control({ kind: "role", subject: "b/relay/north", body: ROLE }));
    scene.send("b", [scene.report("b", { links: [] })]);
    scene.wait(FIRST_OBSERVE_MS);
    expect(scene.observations.map(({ scope, subject }) => [scope, subject])).toEqual([
      ["cluster", "north/o"],
      ["org/acme", "north/o"],
      ["org/globex", "north/o"],
    ]);
    expect([scene.counts(), scene.counts("org/globex")]).toEqual([
      [2, 0, 1],
      [1, 0, 1],
    ]);
    expect([...scene.sums().roles.keys()]).toEqual(["relay"]);
    expect([...scene.sums().versions]).toEqual([["0.2.0", 1]]);
    scene.wait(OBSERVE_MS);
    expect(scene.observations).toHaveLength(6);
    expect(scene.observations[3]!.epoch).toBeGreaterThan(scene.observations[0]!.epoch);
  });

  test("that cease make their node silent, once the observer listens for three periods", () => {
    scene.hand(scene.node("a"), scene.node("b"));
    scene.send("a", [scene.report("a")]);
    scene.wait(SILENT_MS - MINUTE);
    scene.wait(MINUTE - 1);
    expect(scene.counts()).toEqual([1, 0, 0]);
    scene.wait(MINUTE);
    // a, b, and the observer itself.
    expect(scene.counts()).toEqual([0, 3, 0]);
    scene.send("a", [scene.report("a")]);
    scene.wait(MINUTE);
    expect(scene.counts()).toEqual([1, 2, 0]);
  });
});

describe("an observer", () => {
  test("says nothing before each node that is well has written", () => {
    scene.wait(FIRST_OBSERVE_MS - 1);
    expect([scene.observations, scene.observer.sums.size]).toEqual([[], 0]);
    scene.wait(1);
    expect(scene.observations).toHaveLength(1);
  });

  test("hears a node no longer than its report lives, also where the clock is put back, and listens since no time to come", () => {
    scene.hand(scene.node("a"));
    scene.send("a", [scene.report("a")]);
    scene.wait(FIRST_OBSERVE_MS);
    expect(scene.counts()).toEqual([1, 0, 0]);
    scene.setClock(-60 * MINUTE);
    scene.wait(SILENT_MS);
    expect(scene.counts()).toEqual([0, 2, 0]);
    const fact = scene.observations.at(-1)!;
    expect(bodyOf(fact, "observation")!.since).toBe(fact.issued - scene.at.now);
  });

  test("adds up nodes of its partition alone, from the moment that their records say another one", () => {
    scene.hand(scene.node("a"), scene.node("b"));
    for (const name of ["a", "b"]) scene.send(name, [scene.report(name)]);
    scene.hand(scene.cluster.node(scene.key("a"), { epoch: 2 }, { partition: "south" }));
    scene.wait(FIRST_OBSERVE_MS);
    expect(scene.counts()).toEqual([1, 0, 0]);
  });

  test("that goes to another partition itself takes no node with it", () => {
    scene.hand(scene.node("a"), scene.node("b"));
    for (const name of ["a", "b"]) scene.send(name, [scene.report(name)]);
    scene.wait(FIRST_OBSERVE_MS);
    scene.hand(scene.cluster.node(scene.key("o"), { epoch: 2 }, { partition: "south" }));
    scene.hand(scene.cluster.control({ kind: "role", subject: "o/observer/south", body: ROLE }));
    scene.wait(0);
    scene.wait(FIRST_OBSERVE_MS);
    expect(scene.observations.at(-1)!.subject).toBe("south/o");
    expect(scene.counts()).toEqual([0, 0, 0]);
  });

  test("that loses its role keeps nothing of nodes", () => {
    scene.hand(scene.node("a"));
    scene.send("a", [scene.report("a", { links: [] })]);
    scene.wait(FIRST_OBSERVE_MS);
    expect(scene.observer.fleet.samples.list()).toHaveLength(1);
    const isVoid = { epoch: 2, void: true, body: {}, expires: NOON - DAY + 30 * DAY };
    scene.hand(scene.cluster.control({ kind: "role", subject: "o/observer/north", ...isVoid }));
    scene.wait(MINUTE);
    const { fleet, sums } = scene.observer;
    expect([fleet.size, fleet.samples.list(), sums.size]).toEqual([0, [], 0]);
  });
});

describe("hostile nodes", () => {
  beforeEach(() => scene.hand(scene.node("a"), scene.node("b")));

  test.each<readonly [what: string, outcome: string, (of: Scene) => Uint8Array]>([
    ["of another node's name", "not-mine", (of) => of.report("b")],
    ["of another node, signed by the sender", "not-mine", (of) => of.report("b", {}, {}, of.key("a"))],
    ["that another key has signed", "unknown-key", (of) => of.report("a", {}, {}, of.key("b"))],
    [
      "of the future",
      "future",
      (of) => of.report("a", {}, { issued: NOON + 10 * MINUTE, expires: NOON + 13 * MINUTE }),
    ],
    ["that has ended", "expired", (of) => of.report("a", {}, { issued: NOON - 9 * MINUTE, expires: NOON - MINUTE })],
    ["that lives too long", "lifetime", (of) => of.report("a", {}, { expires: NOON + 16 * MINUTE })],
    ["with a load of 101 percent", "body", (of) => of.report("a", { load: { cpu: 101, memory: 0, sockets: 0 } })],
    ["with a tier of its own", "body", (of) => of.report("a", { "trust-tier": 9 })],
    ["that is no number", "body", (of) => of.report("a", { load: { cpu: "NaN", memory: 0, sockets: 0 } })],
    ["that is some other record", "kind", (of) => of.cluster.service("web", ["a"])],
    [
      "that is an old one",
      "older",
      (of) => {
        of.send("a", [of.report("a", {}, { epoch: 1_000 })]);
        return of.report("a", {}, { epoch: 999 });
      },
    ],
  ])("say a report %s, which is refused, counted, and changes nothing for others", (_, outcome, make) => {
    scene.send("b", [scene.report("b")]);
    const before = scene.observer.outcomes.get(outcome) ?? 0;
    expect(scene.send("a", [make(scene)])).toEqual([outcome]);
    expect(scene.observer.outcomes.get(outcome)).toBe(before + 1);
    scene.wait(FIRST_OBSERVE_MS);
    expect(nodesIn(scene.sums().all, "unwell")).toBe(0);
    expect(scene.observer.fleet.hears("b", scene.at.wall)).toBe(true);
  });

  test("of another partition are not added up", () => {
    scene.hand(scene.node("c", { partition: "south" }));
    expect(scene.send("c", [scene.report("c")])).toEqual(["partition"]);
    scene.wait(FIRST_OBSERVE_MS);
    expect(scene.counts()).toEqual([0, 0, 0]);
  });

  test("that no record names, or that say another's name, are read nothing of", () => {
    expect(scene.send("c", [scene.report("c")])).toBe(Outcome.unknownSender);
    expect(scene.send("a", [scene.report("a")], scene.key("b").key)).toBe(Outcome.unknownSender);
    expect(scene.observer.outcomes.get("unknown-sender")).toBe(2);
    expect(scene.observer.fleet.size).toBe(0);
  });

  test("whose figures nothing real has are unwell, and move no measure", () => {
    const figures = [0, 0, 0, 1_000_000_000, 0, 65_535, 0];
    scene.send("a", [scene.report("a", { links: [{ label: 7, peer: "o", figures }] })]);
    scene.wait(FIRST_OBSERVE_MS);
    const found = findingsIn(scene.sums().all).filter(([, nodes]) => nodes > 0);
    expect(found).toEqual([["implausible", 1]]);
  });

  test("that write a thousand times are busy from the fifth letter on, count once, and leave others theirs", () => {
    const answers = Array.from({ length: 1_000 }, () => scene.send("a", [scene.report("a")]));
    expect(answers.filter((answer) => answer === Outcome.busy)).toHaveLength(1_000 - SENDER_BURST);
    expect(scene.observer.outcomes.get("often")).toBe(1_000 - SENDER_BURST);
    expect(scene.send("b", [scene.report("b")])).toEqual(["taken"]);
    scene.wait(FIRST_OBSERVE_MS);
    expect(scene.counts()).toEqual([2, 0, 0]);
  });

  test("that flap between well and unwell count once, as they are now", () => {
    for (let time = 0; time < 20; time++) {
      scene.wait(20_000);
      scene.send("a", [scene.report("a", time % 2 === 0 ? { links: [] } : {})]);
    }
    scene.wait(FIRST_OBSERVE_MS);
    expect(nodesIn(scene.sums().all, "unwell")).toBe(0);
    expect(scene.observer.fleet.samples.size).toMatchObject({ unwell: 0, well: 1 });
  });

  test("send letters of another form in vain, and a node that observes nothing knows no such letters", () => {
    const letter = {
      number: 1,
      from: "a",
      node: "a",
      key: scene.key("a").key,
      body: Buffer.of(9),
      conduct: scene.conduct,
    };
    expect(scene.observer.handleLetter(letter, scene.at).outcome).toBe(Outcome.malformed);
    const isVoid = { epoch: 2, void: true, body: {}, expires: NOON - DAY + 30 * DAY };
    scene.hand(scene.cluster.control({ kind: "role", subject: "o/observer/north", ...isVoid }));
    expect(scene.send("a", [])).toBe(Outcome.unknownKind);
    scene.wait(FIRST_OBSERVE_MS);
    expect([scene.observations, scene.observer.nextTimeout()]).toEqual([[], Number.POSITIVE_INFINITY]);
  });
});
