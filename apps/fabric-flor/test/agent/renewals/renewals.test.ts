/** Programs that renew records, in virtual time: each has its own book, and all have one board. */
import { type FactBook, signPayload, writeEnvelope } from "@florenetes/facts";
import { readPost, renewalsPlaceOf, writePost } from "@florenetes/facts/log";
import { describe, expect, test } from "vitest";
import { Renewals } from "../../../src/agent/renewals/renewals.ts";
import { DAY, newKey, type TestKey } from "../../demo-records.ts";
import { bookOf, MINUTE, NOW, payloadOf, people, programs, record, rootOf, SECOND } from "../programs/program-scene.ts";

const HOUR = 60 * MINUTE;
const LIFE = 8 * DAY;
const [p1, p2, p3] = programs as [TestKey, TestKey, TestKey];
const role = (members: object = {}, signers?: readonly TestKey[]): Buffer => record(members, signers);

/** An agent with a program's key: what its driver does is done at once. */
class Program {
  readonly book: FactBook;
  readonly renewals: Renewals;
  readonly key: TestKey;
  /** Renewals that had a quorum here. */
  readonly made: Uint8Array[] = [];
  signed = 0;
  isAway = false;
  /** Subjects of which the key signs no records. */
  refuses: (octets: Uint8Array) => boolean = () => false;

  constructor(key: TestKey, root: Buffer) {
    this.key = key;
    this.book = bookOf(root, key.name);
    this.renewals = new Renewals(key.keyId);
  }

  take(records: readonly Uint8Array[], wall: number): void {
    for (const octets of records) this.book.offer(octets, wall);
  }

  advance(board: Map<string, Uint8Array> | undefined, now: number): void {
    if (this.isAway) return;
    const at = { now, wall: NOW + now };
    this.book.handleTimeout(at.wall);
    for (let event = this.book.pollEvent(); event !== undefined; event = this.book.pollEvent())
      this.renewals.handleEvent(event);
    this.renewals.advance(this.book, board !== undefined, at);
    for (let order = this.renewals.pollOrder(); order !== undefined; order = this.renewals.pollOrder()) {
      if (order.kind === "post") board!.set(order.place, order.octets);
      else if (order.kind === "look") {
        const { places } = order;
        const posts = new Map([...board!].filter(([place]) => places.includes(place)));
        this.#make(this.renewals.handlePosts(posts), at.wall);
      } else {
        const mine = order.records.filter((octets) => !this.refuses(octets));
        this.signed += mine.length;
        const fault = mine.length < order.records.length ? "ERR_FABRIC_SIGNED_OTHER" : undefined;
        const records = mine.map((octets) => signPayload(payloadOf(octets), [this.key]));
        this.#make(this.renewals.handleSigned(records, fault, at), at.wall);
      }
    }
  }

  #make(records: readonly Uint8Array[], wall: number): void {
    this.made.push(...records);
    this.take(records, wall);
  }

  inForce(now: number, subject = "a/relay/north") {
    return this.book.inForce("role", "cluster", subject, NOW + now);
  }
}

interface Scene {
  readonly root?: Buffer;
  readonly records?: readonly Uint8Array[];
  readonly keys?: readonly TestKey[];
  readonly hasBoard?: boolean;
}

class Cluster {
  readonly programs: readonly Program[];
  readonly board: Map<string, Uint8Array> | undefined;
  now = 0;

  constructor({ root = rootOf("production", 2), records = [role()], keys = programs, hasBoard = true }: Scene = {}) {
    this.board = hasBoard ? new Map() : undefined;
    this.programs = keys.map((key) => new Program(key, root));
    for (const program of this.programs) program.take(records, NOW);
  }

  /** Lets time pass, each step with `meanwhile`. */
  runTo(end: number, step = SECOND, meanwhile: () => void = () => undefined): this {
    for (; this.now <= end; this.now += step) {
      meanwhile();
      for (const program of this.programs) program.advance(this.board, this.now);
      this.#feed();
    }
    return this;
  }

  /** Agents pass on what they have taken. */
  #feed(): void {
    const present = this.programs.filter(({ isAway }) => !isAway);
    const made = present.flatMap((program) => program.made.splice(0));
    for (const program of present) program.take(made, NOW + this.now);
  }

  get epochs(): readonly (number | undefined)[] {
    return this.programs.map((program) => program.inForce(this.now)?.epoch);
  }
}

test("two of three programs renew what people have signed at each half of its life, while the third is away", () => {
  const cluster = new Cluster();
  const [one, two, away] = cluster.programs as [Program, Program, Program];
  away.isAway = true;
  cluster.runTo(LIFE / 2 - MINUTE, HOUR);
  expect([cluster.epochs, one.signed]).toEqual([[1, 1, 1], 0]);
  cluster.runTo(LIFE / 2 + 10 * SECOND);
  expect(cluster.epochs).toEqual([2, 2, 1]);
  const renewal = one.inForce(cluster.now)!;
  expect(renewal).toMatchObject({ issued: NOW + LIFE / 2, expires: NOW + 1.5 * LIFE, generation: 1 });
  expect(renewal.body).toEqual({ actions: ["relay"], services: [], depth: 0 });
  // The record of people has ended by then, and the renewals go on.
  cluster.runTo(2.5 * LIFE + 60 * MINUTE, 10 * MINUTE);
  expect(cluster.epochs.slice(0, 2)).toEqual([6, 6]);
  expect([one.signed, two.signed]).toEqual([5, 5]);
  expect(one.renewals.waiting(NOW + cluster.now)).toEqual({ due: 0, late: 0 });
});

test("a program that is alone renews nothing, and tells what waits, and what is late", () => {
  const cluster = new Cluster({ keys: [p1] }).runTo(LIFE / 2 + HOUR, 10 * MINUTE);
  const [one] = cluster.programs as [Program];
  expect([one.inForce(cluster.now)!.epoch, one.signed]).toEqual([1, 1]);
  expect(one.renewals.waiting(NOW + LIFE / 2)).toEqual({ due: 1, late: 0 });
  expect(one.renewals.waiting(NOW + (3 * LIFE) / 4)).toEqual({ due: 1, late: 1 });
});

test("where one key is enough, it takes no board", () => {
  const scene = {
    root: rootOf("development", 1),
    keys: [p1],
    hasBoard: false,
    records: [role({}, people.slice(0, 1))],
  };
  expect(new Cluster(scene).runTo(LIFE / 2 - MINUTE, HOUR).runTo(LIFE / 2 + 3 * MINUTE).epochs).toEqual([2]);
});

test("more records than a post has room for are renewed, also when the first ones are not signed by one of two programs", () => {
  const records = Array.from({ length: 50 }, (_, at) => role({ subject: `a/relay/n${at}`, expires: NOW + LIFE + at }));
  const cluster = new Cluster({ records, keys: [p1, p2] });
  const isStuck = (subject: string): boolean => Number(subject.slice("a/relay/n".length)) < 20;
  cluster.programs[1]!.refuses = (octets) =>
    isStuck((JSON.parse(Buffer.from(payloadOf(octets)).toString()) as { subject: string }).subject);
  cluster.runTo(LIFE / 2 - MINUTE, DAY).runTo(LIFE / 2 + 10 * MINUTE);
  const epochs = records.map((_, at) => cluster.programs[0]!.inForce(cluster.now, `a/relay/n${at}`)!.epoch);
  expect(epochs).toEqual(records.map((_, at) => (at < 20 ? 1 : 2)));
  expect(cluster.programs[1]!.renewals.fault).toBe("ERR_FABRIC_SIGNED_OTHER");
});

describe("a program's key that was captured", () => {
  /** The renewal of the record at half of its life, as honest programs make it, and others like it. */
  const due = { epoch: 2, issued: NOW + LIFE / 2, expires: NOW + 1.5 * LIFE };
  const inTheNameOf = (octets: Buffer, key: TestKey): Uint8Array => {
    const signatures = [{ keyId: key.keyId, octets: Buffer.alloc(64, 7) }];
    return writeEnvelope({ payload: payloadOf(octets), signatures });
  };

  test.each<[string, () => Uint8Array]>([
    ["garbage", () => Buffer.alloc(17_000, 1)],
    ["more than a post may have", () => Buffer.alloc(1_000_000, 1)],
    ["empty records", () => writePost(Array.from({ length: 16 }, () => Buffer.alloc(0)))],
    ["wrong signatures of its own", () => writePost([inTheNameOf(role(due, []), p3)])],
    ["signatures of others", () => writePost([inTheNameOf(role(due, []), p1), inTheNameOf(role(due, []), p2)])],
    ["other words", () => writePost([role({ ...due, body: { actions: ["exit"], services: [], depth: 1 } }, [p3])])],
    ["another end", () => writePost([role({ ...due, expires: NOW + 20 * DAY }, [p3])])],
    ["a higher epoch", () => writePost([role({ ...due, epoch: 9 }, [p3])])],
    ["a void record", () => writePost([role({ ...due, expires: due.issued + 30 * DAY, void: true, body: {} }, [p3])])],
    ["a record of its own", () => writePost([role({ subject: "x/control-plane/north" }, [p3])])],
  ])("keeps the others from nothing by %s on the board, and has them sign nothing", (_, post) => {
    const cluster = new Cluster({ keys: [p1, p2] });
    const [one, two] = cluster.programs as [Program, Program];
    const meanwhile = (): void => void cluster.board!.set(renewalsPlaceOf(p3.keyId), post());
    cluster.runTo(LIFE / 2 - MINUTE, HOUR, meanwhile).runTo(LIFE / 2 + 10 * SECOND, SECOND, meanwhile);
    expect(cluster.epochs).toEqual([2, 2]);
    expect([one.signed, two.signed, one.book.size]).toEqual([1, 1, 2]);
    expect(one.inForce(cluster.now)).toMatchObject({ ...due, body: { actions: ["relay"] } });
    const { signatures } = one.inForce(cluster.now)!.envelope;
    expect(signatures.map(({ keyId }) => keyId).toSorted()).toEqual([p1.keyId, p2.keyId].toSorted());
  });
});

test.each<[string, readonly Uint8Array[], (readonly TestKey[])?]>([
  ["what people have taken back", [role(), role({ epoch: 2, void: true, body: {}, expires: NOW + 30 * DAY })]],
  ["what has ended", [role({ expires: NOW + 1 })]],
  ["what is not half through its life", [role({ issued: NOW, expires: NOW + 2 * LIFE })]],
  ["what people have not signed", [record({ kind: "node", subject: "x", body: nodeBody() }, [p1, p2])]],
  [
    "what nodes sign of themselves",
    [record({ kind: "node", subject: "x", body: nodeBody(), expires: NOW + 2 * LIFE }, people)],
  ],
  ["with a key of a person", [role()], [people[0]!]],
  ["with a key that the root does not list", [role()], [newKey("x")]],
])("a program signs no renewal of %s", (_, records, keys = [p1]) => {
  const cluster = new Cluster({ records, keys });
  cluster.runTo(LIFE / 2 + HOUR, HOUR);
  expect(cluster.programs[0]!.signed).toBe(0);
  expect([...cluster.board!.values()].flatMap(readPost)).toEqual([]);
});

test("what people have said since is renewed, and not what they said before", () => {
  const changed = { actions: ["relay", "more"], services: [], depth: 0 };
  const cluster = new Cluster().runTo(LIFE / 2 - MINUTE, HOUR).runTo(LIFE / 2 + 20 * SECOND);
  const now = NOW + cluster.now;
  const next = role({ epoch: 3, issued: now, expires: now + LIFE, body: changed });
  for (const program of cluster.programs) program.take([next], now);
  cluster.runTo(LIFE + 2 * HOUR, 10 * MINUTE);
  expect(cluster.epochs).toEqual([4, 4, 4]);
  expect(cluster.programs[0]!.inForce(cluster.now)!.body).toEqual(changed);
});

function nodeBody(): object {
  return { key: newKey("x").key, organization: "acme", partition: "north", "trust-tier": 0 };
}
