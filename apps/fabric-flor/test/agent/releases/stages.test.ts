/** Programs that raise the stage of a release, in virtual time: each hears nodes of its own, and all have one board. */
import {
  bodyOf,
  type Fact,
  type FactBook,
  type InstalledBody,
  readFact,
  type ReleaseBody,
  signPayload,
} from "@florenetes/facts";
import { releasesPlaceOf, writePost } from "@florenetes/facts/log";
import { Reports } from "@florenetes/routes";
import { describe, expect, test } from "vitest";
import { Stages } from "../../../src/agent/releases/stages.ts";
import { newKey, type TestKey } from "../../demo-records.ts";
import {
  bookWith,
  HOUR,
  installed,
  MINUTE,
  nodeRecord,
  NOW,
  payloadOf,
  people,
  profile,
  programs,
  release,
  rootWith,
} from "./release-scene.ts";

const RULE = { steps: [4_000, 6_000, 10_000], whole: 9_000, back: 1_000, hold: 3_600 };
const NODES: readonly TestKey[] = Array.from({ length: 30 }, (_, at) => newKey(`n${at}`));
const staged = (changes: Partial<ReleaseBody> = {}, members: object = {}, signers?: readonly TestKey[]): Buffer =>
  release({ stage: 4_000, rule: RULE, ...changes }, members, signers);
const has = (version: string, changes: Partial<InstalledBody> = {}): InstalledBody => ({
  channel: "stable",
  version,
  release: { epoch: 1, version: "0.1.1" },
  state: version === "0.1.1" ? "current" : "waiting",
  ...changes,
});

test("a key of a program waits for a root without turns", () => {
  const stages = new Stages({ keyId: "ab".repeat(32), told: () => undefined });
  stages.advance(undefined, true, { now: 5, wall: NOW });
  expect(stages.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
});

class Program {
  readonly book: FactBook;
  readonly stages: Stages;
  readonly key: TestKey;
  readonly profiles = new Reports();
  readonly installed = new Reports();
  isCoordinator = true;
  signed = 0;
  /** Words of nodes; undefined: a node has a profile, and says nothing of its software. */
  said: (node: string) => InstalledBody | undefined = () => has("0.1.1");
  living: readonly TestKey[] = NODES;
  #told = 0;

  constructor(key: TestKey, root: Buffer, records: readonly Uint8Array[]) {
    this.key = key;
    this.book = bookWith([...NODES.map(nodeRecord), ...records], root);
    const told = () => (this.isCoordinator ? { profiles: this.profiles, installed: this.installed } : undefined);
    this.stages = new Stages({ keyId: key.keyId, told });
  }

  /** Nodes tell of themselves. */
  hear(now: number): void {
    this.#told++;
    for (const node of this.living) {
      this.profiles.take(factOf(node, undefined, 0, now), NOW + now);
      const body = this.said(node.name);
      if (body !== undefined) this.installed.take(factOf(node, body, this.#told, now), NOW + now);
    }
    for (const reports of [this.profiles, this.installed]) reports.expire(NOW + now);
  }

  advance(board: Map<string, Uint8Array>, now: number): readonly Uint8Array[] {
    const at = { now, wall: NOW + now };
    const made: Uint8Array[] = [];
    for (let event = this.book.pollEvent(); event !== undefined; event = this.book.pollEvent())
      this.stages.handleEvent(event);
    this.stages.advance(this.book, true, at);
    for (let order = this.stages.pollOrder(); order !== undefined; order = this.stages.pollOrder()) {
      if (order.kind === "post") board.set(order.place, order.octets);
      else if (order.kind === "look") {
        const { places } = order;
        made.push(...this.stages.handlePosts(new Map([...board].filter(([place]) => places.includes(place)))));
      } else {
        this.signed += order.records.length;
        const records = order.records.map((octets) => signPayload(payloadOf(octets), [this.key]));
        made.push(...this.stages.handleSigned(records, undefined, at));
      }
    }
    return made;
  }

  get inForce(): readonly [epoch: number, stage: number] {
    const fact = this.book.inForce("release", "cluster", "stable", NOW + 1)!;
    return [fact.epoch, bodyOf(fact, "release")!.stage];
  }
}

const facts = new Map<string, Fact>();

/** A node's word about its software, or its profile: signed once for all tests. */
function factOf(node: TestKey, body: InstalledBody | undefined, epoch: number, now: number): Fact {
  const name = `${node.name} ${now} ${epoch} ${JSON.stringify(body)}`;
  const wall = NOW + now;
  const made = facts.get(name);
  if (made !== undefined) return made;
  const octets = body === undefined ? profile(node, undefined, wall) : installed(node, body, epoch, wall);
  const fact = readFact(octets, "demo");
  if (typeof fact === "string") throw new Error(fact);
  facts.set(name, fact);
  return fact;
}

class Fleet {
  readonly board = new Map<string, Uint8Array>();
  readonly programs: readonly Program[];
  now = 0;

  constructor(
    records: readonly Uint8Array[] = [staged()],
    threshold = 2,
    keys: readonly TestKey[] = programs.slice(0, 2),
  ) {
    const root = rootWith(threshold);
    this.programs = keys.map((key) => new Program(key, root, records));
  }

  get one(): Program {
    return this.programs[0]!;
  }

  runTo(end: number, meanwhile: () => void = () => undefined): this {
    for (; this.now <= end; this.now += MINUTE) {
      meanwhile();
      if (this.now % (5 * MINUTE) === 0) for (const program of this.programs) program.hear(this.now);
      // Each sees what the others have posted.
      for (let round = 0; round < 3; round++) {
        const made = this.programs.flatMap((program) => program.advance(this.board, this.now + 10_000 * round));
        for (const program of this.programs) for (const octets of made) program.book.offer(octets, NOW + this.now);
      }
    }
    return this;
  }
}

const inStage = (node: string): boolean => {
  const fleet = new Fleet();
  fleet.one.living = NODES.filter(({ name }) => name === node);
  fleet.runTo(0);
  return fleet.one.stages.watched(0)[0]!.inStage === 1;
};
const FIRST = NODES.map(({ name }) => name).filter(inStage);

test("two programs raise the stage step by step, each an hour behind the one before, and nothing else of the record", () => {
  const fleet = new Fleet();
  const before = fleet.one.book.inForce("release", "cluster", "stable", NOW)!;
  fleet.runTo(HOUR - MINUTE);
  expect(fleet.one.inForce).toEqual([1, 4_000]);
  fleet.runTo(HOUR + 2 * MINUTE);
  expect(fleet.programs.map(({ inForce }) => inForce)).toEqual([
    [2, 6_000],
    [2, 6_000],
  ]);
  fleet.runTo(2 * HOUR - MINUTE);
  expect(fleet.one.inForce).toEqual([2, 6_000]);
  fleet.runTo(6 * HOUR);
  expect(fleet.one.inForce).toEqual([3, 10_000]);
  const { body, issued, expires } = fleet.one.book.inForce("release", "cluster", "stable", NOW + 1)!;
  expect({ body, issued, expires }).toEqual({
    body: { ...before.body, stage: 10_000 },
    issued: before.issued,
    expires: before.expires,
  });
  expect(fleet.one.signed).toBe(2);
  const news = fleet.programs.map(({ stages }) => stages.pollNews()).find((each) => each !== undefined);
  expect(news).toMatchObject({ code: "RELEASE_RAISED", about: { stage: 6_000 } });
});

describe("the stage is not raised", () => {
  test.each<[string, (fleet: Fleet) => void]>([
    [
      "while nodes of the stage say nothing",
      ({ programs: all }) => all.forEach((each) => (each.said = () => undefined)),
    ],
    [
      "while one node in five has not got it",
      ({ programs: all }) =>
        all.forEach((each) => (each.said = (node) => has(FIRST.indexOf(node) % 5 === 0 ? "0.1.0" : "0.1.1"))),
    ],
    [
      "while one node in five went back",
      ({ programs: all }) =>
        all.forEach((each) => {
          each.said = (node) => (FIRST.indexOf(node) % 5 === 0 ? has("0.1.0", { state: "back" }) : has("0.1.1"));
        }),
    ],
    [
      "where nodes tell of another channel",
      ({ programs: all }) => all.forEach((each) => (each.said = () => has("0.1.1", { channel: "edge" }))),
    ],
    [
      "where no node of the stage lives",
      ({ programs: all }) => all.forEach((each) => (each.living = NODES.filter(({ name }) => !FIRST.includes(name)))),
    ],
    [
      "by a program that coordinates nothing",
      ({ programs: all }) => all.forEach((each) => (each.isCoordinator = false)),
    ],
    ["by one program of two", ({ programs: [, other] }) => void (other!.said = () => undefined)],
  ])("%s", (_, change) => {
    const fleet = new Fleet();
    change(fleet);
    expect(fleet.runTo(3 * HOUR).one.inForce).toEqual([1, 4_000]);
  });

  test.each<[string, Buffer]>([
    ["of a release without a rule", release({ stage: 4_000 })],
    ["of one that people have stopped", staged({ stage: 0 })],
    ["of one at its last step", staged({ stage: 10_000 })],
  ])("%s", (_, record) => {
    const fleet = new Fleet([record]);
    fleet.runTo(3 * HOUR);
    expect([fleet.one.inForce[0], fleet.one.signed]).toEqual([1, 0]);
  });

  test("by a key that the update quorum does not list as a program's", () => {
    const fleet = new Fleet([staged()], 2, [people[0]!, newKey("x")]);
    fleet.runTo(3 * HOUR);
    expect([fleet.one.inForce[0], fleet.one.signed]).toEqual([1, 0]);
  });
});

test("nodes that fall silent behind the update are not whole: the stage stays", () => {
  const fleet = new Fleet().runTo(30 * MINUTE);
  for (const program of fleet.programs) program.living = NODES.filter(({ name }) => !FIRST.includes(name));
  fleet.runTo(4 * HOUR);
  expect(fleet.one.inForce).toEqual([1, 4_000]);
});

test("the hold begins anew where nodes were not whole meanwhile, and after a restart", () => {
  const fleet = new Fleet().runTo(50 * MINUTE);
  for (const program of fleet.programs) program.said = () => has("0.1.0");
  fleet.runTo(55 * MINUTE);
  for (const program of fleet.programs) program.said = () => has("0.1.1");
  expect(fleet.runTo(HOUR + 55 * MINUTE).one.inForce).toEqual([1, 4_000]);
  expect(fleet.runTo(2 * HOUR + 5 * MINUTE).one.inForce).toEqual([2, 6_000]);
});

test("a signature that was shown is taken back when the nodes are not whole any more", () => {
  const fleet = new Fleet();
  const [one, other] = fleet.programs as [Program, Program];
  other.said = () => undefined;
  fleet.runTo(HOUR + 5 * MINUTE);
  const place = releasesPlaceOf(one.key.keyId);
  expect(fleet.board.get(place)!.length).toBeGreaterThan(100);
  one.said = () => has("0.1.0");
  fleet.runTo(HOUR + 10 * MINUTE);
  expect(fleet.board.get(place)).toEqual(writePost([]));
  other.said = () => has("0.1.1");
  expect(fleet.runTo(4 * HOUR).one.inForce).toEqual([1, 4_000]);
});

test.each<[string, () => Uint8Array]>([
  ["garbage", () => Buffer.alloc(17_000, 1)],
  ["two steps at once", () => writePost([staged({ stage: 10_000 }, { epoch: 2 }, [programs[1]!])])],
  ["another version", () => writePost([staged({ stage: 6_000, version: "9.9.9" }, { epoch: 2 }, [programs[1]!])])],
  ["a signature of somebody else", () => writePost([staged({ stage: 6_000 }, { epoch: 2 }, [newKey("x")])])],
])("%s on the board raises nothing", (_, post) => {
  const fleet = new Fleet([staged()], 2, [programs[0]!]);
  fleet.runTo(3 * HOUR, () => void fleet.board.set(releasesPlaceOf(programs[1]!.keyId), post()));
  expect(fleet.one.inForce).toEqual([1, 4_000]);
});

test("a node that says again and again that it has what nobody has counts once", () => {
  const fleet = new Fleet();
  for (const program of fleet.programs) program.said = (node) => (node === FIRST[0] ? has("0.1.1") : has("0.1.0"));
  fleet.runTo(10 * MINUTE);
  expect(fleet.one.stages.watched(fleet.now)).toMatchObject([
    { inStage: FIRST.length, whole: 1, back: 0, wholeForMs: null },
  ]);
});
