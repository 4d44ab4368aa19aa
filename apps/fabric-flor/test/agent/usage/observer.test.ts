/** An observer takes what nodes hand in of themselves, and is bounded by what they may. */
import { type Fact, KINDS, readFact, signPayload, writePayload } from "@florenetes/facts";
import {
  type Answer,
  Conduct,
  Outcome,
  readRecordsAnswer,
  VerificationTurns,
  writeRecordsLetter,
} from "@florenetes/feed";
import { beforeEach, describe, expect, test } from "vitest";
import { SENDER_BURST } from "../../../src/agent/usage/limits.ts";
import { Observer } from "../../../src/agent/usage/observer.ts";
import { HeldRecords } from "../../../src/agent/records/held-records.ts";
import { judgeHandedIn } from "../../../src/agent/records/handed-in.ts";
import { DAY, DemoCluster, newKey, type TestKey } from "../../demo-records.ts";
import { nothingKept } from "../nothing-kept.ts";
import { HOUR, HOUR_12, MB, MINUTE, NOON } from "./metered-mesh.ts";

const BULK = 3;
const ROLE = { actions: [], services: [], depth: 0 };
/** Ten minutes behind the end of the hour. */
const AFTER = NOON + HOUR + 10 * MINUTE;
type Members = Readonly<Record<string, unknown>>;

class Scene {
  readonly cluster = new DemoCluster(NOON - DAY);
  readonly keys = new Map(["o", "a", "r", "h", "c"].map((name) => [name, newKey(name)]));
  readonly records: HeldRecords;
  readonly observer: Observer;
  readonly usage: Fact[] = [];
  readonly conduct = new Conduct(new VerificationTurns(), 0);
  at = { now: 0, wall: AFTER };

  constructor(room?: number) {
    const options = { cluster: "demo", node: "o", fingerprint: this.cluster.fingerprint, development: false };
    this.records = new HeldRecords(options, nothingKept(), AFTER);
    this.hand(this.cluster.root, this.cluster.node(this.key("o")));
    this.hand(this.cluster.control({ kind: "role", subject: "o/observer/north", body: ROLE }));
    this.observer = new Observer({
      ...options,
      key: this.key("o"),
      book: () => this.records.book,
      hand: (all, { wall }) => judgeHandedIn(all, this.records, "demo", wall),
      onUsage: (fact) => this.usage.push(fact),
      ...(room !== undefined && { room }),
    });
  }

  key(name: string): TestKey {
    return this.keys.get(name)!;
  }

  hand(...records: readonly Uint8Array[]): void {
    judgeHandedIn(records, this.records, "demo", AFTER);
  }

  node(name: string, body: Members = {}): Buffer {
    return this.cluster.node(this.key(name), {}, body);
  }

  receipt(name: string, body: Members = {}, members: Members = {}, signer = this.key(name)): Uint8Array {
    const { life } = KINDS.receipt;
    const slot = {
      kind: "receipt",
      scope: "cluster",
      subject: `${HOUR_12}/0/${name}`,
      authority: "node",
      issuer: name,
    };
    const times = { epoch: 1, generation: 0, issued: AFTER, expires: AFTER + life };
    const rows = { peers: [], coordinators: [], passed: [], own: [], left: 0, ...body };
    return signPayload(writePayload({ cluster: "demo", ...slot, ...times, body: rows, ...members }), [signer]);
  }

  shares(told: readonly (readonly [number, string])[]): Uint8Array {
    const { life } = KINDS.shares;
    const slot = { kind: "shares", scope: "cluster", subject: `${HOUR_12}/c`, authority: "route", issuer: "c" };
    const times = { epoch: 1, generation: 0, issued: AFTER, expires: AFTER + life };
    return signPayload(writePayload({ cluster: "demo", ...slot, ...times, body: { shares: told } }), [this.key("c")]);
  }

  send(name: string, records: readonly Uint8Array[], key = this.key(name).key): Answer {
    const letter = { number: 1, from: name, node: name, key, body: writeRecordsLetter(records), conduct: this.conduct };
    return this.observer.handleLetter(letter, this.at);
  }

  /** The answer for each record; the outcome of the letter where it was not answered. */
  outcomes(name: string, records: readonly Uint8Array[], key?: string): readonly string[] | number {
    const { outcome, body } = this.send(name, records, key);
    return outcome === Outcome.answered ? readRecordsAnswer(body)! : outcome;
  }

  /** Lets time pass; a clock that goes back takes none. */
  wait(ms: number): void {
    this.at = { now: this.at.now + Math.max(0, ms), wall: this.at.wall + ms };
    this.observer.advance(this.at);
  }
}

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

describe("receipts", () => {
  test("come with the record of their node, and are taken once", () => {
    const receipt = scene.receipt("a");
    expect(scene.outcomes("a", [scene.node("a"), receipt])).toEqual(["taken", "taken"]);
    expect(scene.outcomes("a", [receipt])).toEqual(["taken"]);
    expect(scene.observer.outcomes.get("taken")).toBe(1);
  });

  test.each<readonly [string, string, (of: Scene) => Uint8Array]>([
    ["of another node", "not-mine", (of) => of.receipt("r")],
    ["that another key has signed", "unknown-key", (of) => of.receipt("a", {}, {}, of.key("r"))],
    ["of an hour that has not begun", "closed", (of) => of.receipt("a", {}, { subject: `${HOUR_12 + 2}/0/a` })],
    ["of an hour of long ago", "closed", (of) => of.receipt("a", {}, { subject: `${HOUR_12 - 7}/0/a` })],
    ["of a part that there is not", "body", (of) => of.receipt("a", { passed: [[0, 1, 0, 0, 0, 1, 1]] })],
    ["that is some other record", "kind", (of) => of.cluster.service("web", ["a"])],
    ["that is nothing", "body", () => Buffer.from("nothing")],
  ])("%s are refused: %s", (_, reason, recordOf) => {
    scene.hand(scene.node("a"), scene.node("r"));
    expect(scene.outcomes("a", [recordOf(scene)])).toEqual([reason]);
  });

  test("of one subject that say something else are refused: what was said stays", () => {
    scene.hand(scene.node("a"));
    expect(scene.outcomes("a", [scene.receipt("a"), scene.receipt("a", { peers: ["r"] })])).toEqual([
      "taken",
      "duplicate",
    ]);
  });

  test("of a node of another partition are refused, and of who is no node nothing is read", () => {
    scene.hand(scene.node("a", { partition: "south" }));
    expect(scene.outcomes("a", [scene.receipt("a")])).toEqual(["partition"]);
    expect(scene.outcomes("r", [scene.receipt("r")])).toBe(Outcome.unknownSender);
    // The name of a node that is known, by another key.
    expect(scene.outcomes("a", [scene.receipt("a")], scene.key("r").key)).toBe(Outcome.unknownSender);
    expect(scene.observer.outcomes.get("unknown-sender")).toBe(2);
    expect(scene.send("a", []).outcome).toBe(Outcome.answered);
  });

  test("are read in as many letters as one may send, by its key: nobody uses up the letters of another one", () => {
    scene.hand(scene.node("a"));
    for (let count = 0; count < SENDER_BURST; count++) scene.send("a", [], scene.key("r").key);
    expect(scene.outcomes("a", [], scene.key("r").key)).toBe(Outcome.busy);
    expect(scene.outcomes("a", [])).toEqual([]);
    for (let count = 1; count < SENDER_BURST; count++) scene.send("a", []);
    expect(scene.outcomes("a", [])).toBe(Outcome.busy);
    expect(scene.observer.outcomes.get("often")).toBe(2);
    scene.wait(5_000);
    expect(scene.outcomes("a", [])).toEqual([]);
  });

  test("of another form are malformed, and a node that observes nothing knows no such letters", () => {
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
    expect(scene.observer.partitionAt(AFTER)).toBeUndefined();
    expect(scene.outcomes("a", [])).toBe(Outcome.unknownKind);
  });

  test("have so much room: those beyond wait at their node, until an hour is let go of", () => {
    scene = new Scene(2 * scene.receipt("a").length + 10);
    scene.hand(scene.node("a"));
    const part = (at: number): Uint8Array => scene.receipt("a", {}, { subject: `${HOUR_12}/${at}/a` });
    expect(scene.outcomes("a", [part(0), part(1), part(2)])).toEqual(["taken", "taken", "full"]);
    expect(scene.outcomes("a", [part(1)])).toEqual(["taken"]);
    for (const ms of [6 * HOUR, 5 * MINUTE]) scene.wait(ms);
    expect(scene.outcomes("a", [scene.receipt("a", {}, { subject: `${HOUR_12 + 5}/0/a` })])).toEqual(["taken"]);
  });
});

describe("an hour", () => {
  const carried = (bytes: number): Members => ({
    peers: ["a", "h"],
    coordinators: ["c"],
    passed: [[0, 1, 1, 7, BULK, 100, bytes]],
  });

  beforeEach(() => {
    scene.hand(scene.node("a"), scene.node("r"), scene.node("h"), scene.node("c"));
    scene.hand(scene.cluster.control({ kind: "role", subject: "c/route-coordinator/north", body: ROLE }));
    scene.send("c", [scene.shares([[7, "acme"]])]);
    scene.send("a", [scene.receipt("a", { peers: ["r"], own: [[0, 7, BULK, 100, 10 * MB, 0, 0]] })]);
    scene.send("h", [scene.receipt("h", { peers: ["r"], own: [[0, 7, BULK, 0, 0, 100, 10 * MB]] })]);
  });

  const bodies = (): unknown[] =>
    scene.usage.map(({ scope, epoch, envelope }) => {
      const fact = readFact(signPayload(envelope.payload, []), "demo");
      return { scope, isHigher: epoch > 1, fact: typeof fact };
    });

  test("is added up 15 minutes behind its end, and once more where more has come", () => {
    scene.send("r", [scene.receipt("r", carried(30 * MB))]);
    scene.wait(4 * MINUTE);
    expect(scene.usage).toEqual([]);
    scene.wait(2 * MINUTE);
    expect(bodies()).toHaveLength(1);
    const [{ body, scope }] = scene.usage as [Fact];
    expect(scope).toBe("org/acme");
    expect(body).toEqual({
      partition: "north",
      receipts: 3,
      missing: 0,
      relays: [["r", BULK, 100, 10 * MB, 30 * MB]],
      rest: [0, 0, 0],
    });
    scene.wait(60 * MINUTE);
    expect(scene.usage).toHaveLength(1);
    scene.send("o", [scene.receipt("o")]);
    scene.wait(10 * MINUTE);
    expect(scene.usage).toHaveLength(2);
    expect(scene.usage[1]!.epoch).toBeGreaterThan(scene.usage[0]!.epoch);
    expect(scene.usage[1]!.body).toMatchObject({ receipts: 4 });
  });

  test("is not signed again where it comes to the same", () => {
    scene.send("r", [scene.receipt("r", carried(10 * MB))]);
    scene.wait(6 * MINUTE);
    scene.send("c", [scene.receipt("c")]);
    scene.wait(11 * MINUTE);
    const { length } = scene.usage;
    scene.send("a", [scene.receipt("a", {}, { subject: `${HOUR_12}/1/a` })]);
    scene.wait(11 * MINUTE);
    expect([length, scene.usage.length]).toEqual([2, 2]);
  });

  test("is not added up once the role has ended, and nothing is due for it before it is let go of", () => {
    const isVoid = { epoch: 2, void: true, body: {}, expires: NOON - DAY + 30 * DAY };
    scene.hand(scene.cluster.control({ kind: "role", subject: "o/observer/north", ...isVoid }));
    scene.wait(20 * MINUTE);
    expect(scene.usage).toEqual([]);
    expect(scene.observer.nextTimeout(scene.at) - scene.at.now).toBe(NOON + 7 * HOUR - scene.at.wall);
  });

  test("is not lost where the clock is wrong for a moment", () => {
    for (const ms of [7 * HOUR, MINUTE, -10 * HOUR, 10 * MINUTE, 3 * HOUR]) scene.wait(ms);
    expect(scene.observer.hours).toBe(1);
  });

  test("is let go of 6 hours behind its end", () => {
    const names = (): string[] => {
      const rows: string[] = [];
      for (let row = scene.observer.pollChange(); row !== undefined; row = scene.observer.pollChange())
        rows.push(`${row.octets === undefined ? "-" : "+"} ${row.name}`);
      return rows;
    };
    expect(names()).toEqual([`+ shares ${HOUR_12}/c`, `+ receipt ${HOUR_12}/0/a`, `+ receipt ${HOUR_12}/0/h`]);
    scene.wait(6 * HOUR);
    expect([scene.observer.hours, scene.observer.nextTimeout(scene.at) - scene.at.now]).toEqual([1, 5 * MINUTE]);
    scene.wait(5 * MINUTE);
    expect(scene.observer.hours).toBe(0);
    expect(names()).toEqual([`- receipt ${HOUR_12}/0/a`, `- receipt ${HOUR_12}/0/h`, `- shares ${HOUR_12}/c`]);
  });
});
