/** Telemetry from end to end: reports of agents become sums of observers, and these come to all who read mail. */
import { type Answer, Conduct, readRecordsAnswer, VerificationTurns, writeRecordsLetter } from "@florenetes/feed";
import { nodesIn, type Sums } from "@florenetes/telemetry";
import { describe, expect, test } from "vitest";
import type { AgentMail } from "../../../src/agent/mail/agent-mail.ts";
import { judgeHandedIn } from "../../../src/agent/records/handed-in.ts";
import { HeldRecords } from "../../../src/agent/records/held-records.ts";
import { signOwn } from "../../../src/agent/records/sign-own.ts";
import { Telemetry } from "../../../src/agent/telemetry/telemetry.ts";
import { DAY, DemoCluster, newKey, type TestKey } from "../../demo-records.ts";
import { nothingKept } from "../nothing-kept.ts";
import { startLeasedMesh } from "../leased-mesh.ts";
import { SimMesh, type SimNode } from "../simulated-nodes.ts";

const NOON = Date.parse("2026-11-25T12:00:00.000Z");
const MINUTE = 60_000;
const ROLE = { actions: [], services: [], depth: 0 };
type MailKind = Parameters<AgentMail["register"]>[1];

/** Observations of all nodes that a node holds, by observer. */
function held({ agent, at }: SimNode): ReadonlyMap<string, Sums> {
  const all = agent.telemetry.heldAt(at).held.filter(({ organization }) => organization === "");
  return new Map(all.map(({ observer, sums }) => [observer, sums]));
}

function counts(sums: Sums | undefined): readonly number[] | undefined {
  return sums && (["heard", "silent", "unwell"] as const).map((what) => nodesIn(sums.all, what));
}

/** a and h beside the relays b and c, which observe; b coordinates. */
function startObservedMesh(observers: readonly string[] = ["b", "c"]): { mesh: SimMesh; cluster: DemoCluster } {
  const cluster = new DemoCluster(NOON - DAY);
  const mesh = startLeasedMesh(["a"], ["h"], undefined, cluster);
  for (const node of observers)
    mesh.node(node).take(cluster.control({ kind: "role", subject: `${node}/observer/north`, body: ROLE }));
  return { mesh, cluster };
}

describe("a node", () => {
  test("that nobody observes has no report signed for observers", () => {
    const cluster = new DemoCluster(NOON - DAY);
    const key = newKey("a");
    const about = { cluster: "demo", node: "a", fingerprint: cluster.fingerprint, development: false };
    const records = new HeldRecords(about, nothingKept(), NOON);
    judgeHandedIn([cluster.root, cluster.node(key)], records, "demo", NOON);
    let asked = 0;
    const telemetry = new Telemetry({
      ...about,
      key,
      book: () => records.book,
      hand: () => [],
      mail: { register: () => undefined, readersOf: () => [] } as unknown as AgentMail,
      shown: () => {
        asked++;
        return [];
      },
      isResting: () => false,
      randomBytes: (size) => new Uint8Array(size),
    });
    for (let now = 0; now < 5 * MINUTE; now += 1_000) telemetry.advance({ now, wall: NOON + now });
    expect([telemetry.isObserved, asked]).toEqual([false, 0]);
  });
});

/** A word of an observer of north, as its clock says it is now. */
function word(key: TestKey, wall: number, since: number, scope = "cluster"): Uint8Array {
  const body = { since, cells: [], versions: [], otherVersions: 0 };
  const signer = { cluster: "demo", node: key.name, key };
  return signOwn(signer, { kind: "observation", scope, subject: `north/${key.name}`, body, epoch: wall }, wall);
}

describe("a reader", () => {
  test("refuses an observer that listens since a time to come, and lets its words end where the clock is put back", () => {
    const cluster = new DemoCluster(NOON - DAY);
    const key = newKey("o");
    const about = { cluster: "demo", node: "c", fingerprint: cluster.fingerprint, development: false };
    const records = new HeldRecords(about, nothingKept(), NOON);
    const role = cluster.control({ kind: "role", subject: "o/observer/north", body: ROLE });
    judgeHandedIn([cluster.root, cluster.node(key), role], records, "demo", NOON);
    const kinds = new Map<string, MailKind>();
    const telemetry = new Telemetry({
      ...about,
      key: newKey("c"),
      book: () => records.book,
      hand: () => [],
      mail: {
        register: (kind: string, of: MailKind) => void kinds.set(kind, of),
        readersOf: () => [],
      } as unknown as AgentMail,
      shown: () => [],
      isResting: () => false,
      randomBytes: (size) => new Uint8Array(size),
    });
    const conduct = new Conduct(new VerificationTurns(), 0);
    const tell = (...all: readonly Uint8Array[]): readonly string[] => {
      const letter = { number: 1, from: "o", node: "o", key: key.key, body: writeRecordsLetter(all), conduct };
      const answer = kinds.get("observation")!.onLetter(letter, { now: 0, wall: NOON });
      return readRecordsAnswer((answer as Answer).body)!;
    };
    const future = word(key, NOON, Number.MAX_SAFE_INTEGER, "org/acme");
    expect(tell(word(key, NOON, NOON), future)).toEqual(["taken", "since"]);
    const isHeld = (now: number, wall: number): boolean => telemetry.heldAt({ now, wall }).held.length === 1;
    expect(isHeld(MINUTE, NOON - 60 * MINUTE)).toBe(true);
    expect(isHeld(5 * MINUTE, NOON - 56 * MINUTE)).toBe(false);
  });
});

describe("a fleet", () => {
  test("is told by each observer alike to all who read mail, and to nobody else", () => {
    const { mesh } = startObservedMesh();
    mesh.runFor(4 * MINUTE);
    for (const reader of ["b", "c"]) {
      const words = held(mesh.node(reader));
      expect([...words.keys()]).toEqual(["b", "c"]);
      expect(words.get("b")).toEqual(words.get("c"));
      expect(counts(words.get("b"))).toEqual([4, 0, 0]);
      expect(nodesIn(words.get("b")!.all, "relays")).toBe(2);
      expect([...words.get("b")!.roles.keys()].toSorted()).toEqual(["observer", "relay", "route-coordinator"]);
    }
    expect(held(mesh.node("a")).size).toBe(0);
    expect(mesh.node("a").agent.telemetry.toObservers.outcomes.get("taken")).toBeGreaterThan(4);
  });

  test("costs a node a letter a minute to each observer, and none while it has nothing new to say", () => {
    const { mesh } = startObservedMesh();
    mesh.runFor(2 * MINUTE);
    const { telemetry } = mesh.node("a").agent;
    const before = telemetry.toObservers.outcomes.get("taken")!;
    // Links that come and go are told to coordinators each 5 seconds.
    for (let time = 0; time < 30; time++) {
      mesh.setLink("a", "c", time % 2 === 0 ? "down" : "up");
      mesh.runFor(10_000);
    }
    // A report and a profile for each of two observers, in five minutes and at their edges.
    expect(telemetry.toObservers.outcomes.get("taken")! - before).toBeLessThanOrEqual(2 * 2 * 6);
  });

  test("has a node that is unwell within two periods, and its whole report at observers", () => {
    const { mesh } = startObservedMesh();
    mesh.runFor(3 * MINUTE);
    const { vertex } = mesh.node("h");
    vertex.change({
      links: vertex.view.links.map((link) =>
        link.figures ? { ...link, figures: { ...link.figures, loss: 0.2 } } : link,
      ),
    });
    // A period until its node tells it, and one until observers do.
    mesh.runFor(2 * MINUTE + 20_000);
    const words = [...held(mesh.node("b")).values()];
    expect(words.map((sums) => nodesIn(sums.all, "unwell"))).toEqual([1, 1]);
    const samples = mesh.node("c").agent.telemetry.observer.fleet.samples.list();
    expect(samples.map(({ node, findings }) => [node, findings])[0]).toEqual(["h", ["loss"]]);
  });

  test("goes on being told where one of two observers dies, whose word ends", () => {
    const { mesh } = startObservedMesh();
    mesh.runFor(4 * MINUTE);
    mesh.node("c").stop();
    mesh.runFor(6 * MINUTE);
    const words = held(mesh.node("b"));
    expect([...words.keys()]).toEqual(["b"]);
    expect(counts(words.get("b"))).toEqual([3, 1, 0]);
    mesh.node("c").start();
    mesh.runFor(3 * MINUTE);
    expect(["b", "c"].map((name) => counts(held(mesh.node("b")).get(name)))).toEqual([
      [4, 0, 0],
      [4, 0, 0],
    ]);
  });

  test("is told where nobody coordinates: nodes report for observers' sake", () => {
    const cluster = new DemoCluster(NOON - DAY);
    const mesh = new SimMesh({ cluster, startsAt: NOON, links: [["a", "b"]] }).start();
    for (const name of ["a", "b"]) mesh.node("a").take(cluster.node(mesh.node(name).key));
    mesh.node("b").take(cluster.control({ kind: "role", subject: "b/observer/north", body: ROLE }));
    mesh.runFor(5 * MINUTE);
    // Nothing was measured of their link, so that no report has one.
    expect(counts(held(mesh.node("b")).get("b"))).toEqual([2, 0, 2]);
  });
});
