import { Random, runs } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { writeLetter, writeListAnswer, writePartAnswer } from "../../src/mail/letters.ts";
import {
  AUDIT_QUESTIONS_AT_ONCE,
  FULL_MS,
  LOOK_MS,
  TEXT_SIZE_MAX,
  VAIN_A_LOOK_MAX,
  VAIN_MS,
} from "../../src/mail/limits.ts";
import { Exchange } from "../../src/mail/exchange.ts";
import { PROPOSAL_LIFE_MS, PROPOSALS_MAX, TOLD_MAX } from "../../src/proposals/limits.ts";
import { WALL } from "../a-fabric.ts";
import { type End, idOf, keptOf, MINUTE_MS, World } from "./exchange-world.ts";
import { Liar, listOf, rowOf, stateOf } from "./liar.ts";

const DAY_MS = 86_400_000;
const worldOf = (names: readonly string[] = ["b", "c", "d"], liars: readonly End[] = []): World =>
  new World(new Random(7), names, liars);

describe("among honest replicas", () => {
  test("a proposal is everywhere within a second or two, with who has brought it and who has told", () => {
    const world = worldOf();
    world.runFor(5_000);
    world.replica(0).bring("web", ["k1"]);
    expect(world.untilSame(3_000)).toBeLessThan(2_000);
    expect(world.replica(2).kept.get(idOf("web"))).toMatchObject({ by: "user/alice", toldBy: "b", record: "web k1" });
  });

  test("signatures that were brought to different ones are joined", () => {
    const world = worldOf();
    world.replica(0).bring("web", ["k1"]);
    world.replica(1).bring("web", ["k2"]);
    world.replica(2).bring("web", ["k3"]);
    world.untilSame(10_000);
    expect(world.replica(1).waits).toEqual(["web k1,k2,k3"]);
  });

  test("one that was down has all of them soon after, and one that is gone for good has lost none", () => {
    const world = worldOf();
    world.runFor(5_000);
    world.replica(2).stop();
    for (let at = 0; at < 100; at++) world.replica(0).bring(`web-${at}`, ["k1"]);
    world.runFor(10_000);
    world.replica(0).stop();
    world.runFor(60 * MINUTE_MS);
    world.replica(2).start();
    expect(world.untilSame(MINUTE_MS)).toBeLessThan(30_000);
    expect(world.replica(2).waits).toHaveLength(100);
  });

  test("nothing is sent for long where nothing is new", () => {
    const world = worldOf();
    world.replica(0).bring("web", ["k1"]);
    world.untilSame(10_000);
    world.runFor(5_000);
    const sent = (): number => world.replicas.flatMap((each) => [...each.sent.values()]).reduce((a, b) => a + b, 0);
    const before = sent();
    world.runFor(10 * MINUTE_MS);
    const pairs = 6;
    expect(sent() - before).toBeLessThanOrEqual((pairs * 10 * MINUTE_MS) / LOOK_MS);
    expect(sent() - before).toBeGreaterThanOrEqual((pairs * 10 * MINUTE_MS) / LOOK_MS / 2 - pairs);
  });

  test("a large root with its signatures comes in parts", () => {
    const world = worldOf(["b", "c"]);
    const subject = `root-${"x".repeat(90_000)}`;
    world.replica(0).bring(subject, ["k1"]);
    world.untilSame(10_000);
    expect(world.replica(1).kept.get(idOf(subject))!.record).toHaveLength(subject.length + 3);
  });

  test("what waits no more is not told, and nothing is taken for it", () => {
    const world = worldOf(["b", "c"]);
    world.replica(0).put(idOf("web"), keptOf("web", ["k1"]));
    world.replica(1).put(idOf("web"), keptOf("web", ["k1", "k2"], { state: "published" }));
    world.replica(1).put(idOf("db"), keptOf("db", ["k1"], { state: "overtaken" }));
    world.runFor(5 * MINUTE_MS);
    expect([world.replica(0).waits, world.replica(1).waits]).toEqual([["web k1"], []]);
    expect(world.replica(0).kept.has(idOf("db"))).toBe(false);
  });

  test("what has ended at one does not come back from another, whose clock is behind", () => {
    const world = worldOf(["b", "c"]);
    world.replica(0).put(idOf("web"), keptOf("web", ["k1"], { brought: WALL - PROPOSAL_LIFE_MS }));
    world.replica(0).put(idOf("db"), keptOf("db", ["k1"], { brought: WALL - PROPOSAL_LIFE_MS + DAY_MS }));
    world.runFor(5 * MINUTE_MS);
    expect(world.replica(1).waits).toEqual(["db k1"]);
    expect(world.replica(1).kept.get(idOf("db"))!.brought).toBe(WALL - PROPOSAL_LIFE_MS + DAY_MS);
  });

  test("what came too early is asked for again soon", () => {
    const world = worldOf(["b", "c"]);
    world.replica(1).isEarly = true;
    for (let at = 0; at < 5; at++) world.replica(0).bring(`web-${at}`, ["k1"]);
    world.runFor(MINUTE_MS);
    expect(new Set(world.replica(1).outcomes)).toEqual(new Set(["early"]));
    world.replica(1).isEarly = false;
    expect(world.untilSame(VAIN_MS)).toBeLessThanOrEqual(FULL_MS + 2 * LOOK_MS + 5_000);
  });

  test("what has left one is read again of another that has it", () => {
    const world = worldOf(["b", "c"]);
    world.replica(0).bring("web", ["k1"]);
    world.untilSame(10_000);
    world.runFor(5 * MINUTE_MS);
    world.replica(1).kept.delete(idOf("web"));
    world.replica(1).exchange.handleProposals(world.replica(1).kept, world.replica(1).at);
    world.replica(1).act();
    expect(world.untilSame(10 * MINUTE_MS)).toBeLessThanOrEqual(2 * LOOK_MS + 5_000);
  });

  test("one that keeps signatures in another order is asked little, and what is new there is found behind those", () => {
    const count = 300;
    const names = Array.from({ length: count }, (_, at) => `web-${at}`);
    const last = names.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1)).at(-1)!;
    const other = new Liar((letter) => {
      if (letter.kind === "part") {
        return writePartAnswer(Buffer.from(`${names.find((each) => idOf(each) === letter.id)} k2,k1`));
      }
      if (letter.known === stateOf(1)) return writeListAnswer({ state: stateOf(1), listed: [], hasMore: false });
      const rows = names.map((each) => rowOf(each, `${each} k2,k1`));
      return listOf(rows, stateOf(1), letter.after);
    });
    const world = worldOf(["c"], [other]);
    const [c] = world.replicas;
    for (const each of names) if (each !== last) c!.put(idOf(each), keptOf(each, ["k1", "k2"]));
    world.runFor((2 + count / VAIN_A_LOOK_MAX) * 2 * LOOK_MS);
    expect(c!.kept.has(idOf(last))).toBe(true);
    expect(other.parts).toBeLessThanOrEqual(count + VAIN_A_LOOK_MAX * 20);
  });

  test("one whose agent is silent takes all once that answers", () => {
    const world = worldOf(["b", "c"]);
    world.replica(1).isMute = true;
    world.replica(0).bring("web", ["k1"]);
    world.runFor(MINUTE_MS);
    expect(world.replica(1).waits).toEqual([]);
    world.replica(1).isMute = false;
    expect(world.untilSame(10_000)).toBeLessThan(6_000);
  });
});

test("whatever is lost and whoever restarts, all come to the same proposals", () => {
  for (let seed = 1; seed <= runs(100, 12); seed++) {
    const random = new Random(seed);
    const world = new World(random, ["b", "c", "d", "e"].slice(0, random.between(2, 4)));
    world.faults = { loss: random.next() * 0.4, delayMsMax: 2_000 };
    for (let step = 0; step < 40; step++) {
      const replica = random.pick(world.replicas);
      if (random.chance(0.15)) {
        if (replica.isRunning) replica.stop();
        else replica.start();
      } else if (replica.isRunning) replica.bring(`web-${random.below(15)}`, [random.pick(["k1", "k2", "k3", "k4"])]);
      world.runFor(random.below(20_000));
    }
    for (const replica of world.replicas) if (!replica.isRunning) replica.start();
    world.faults = { loss: 0, delayMsMax: 200 };
    world.untilSame(5 * MINUTE_MS);
    expect(world.replica(0).waits.length).toBeGreaterThan(5);
    const faults = world.replicas.flatMap(({ exchange }) => [...exchange.readers.values()].map((each) => each.faults));
    expect(new Set(faults)).toEqual(new Set([0]));
  }
});

test("each replica has as many places for one other as for any other, and those of one that is gone are of use to whoever tells of it", () => {
  const world = worldOf();
  for (let at = 0; at < PROPOSALS_MAX; at++) world.replica(0).kept.set(idOf(`b${at}`), keptOf(`b${at}`, ["k1"]));
  world.replica(0).put(idOf("b"), keptOf("b", [], { state: "published" }));
  world.replica(1).bring("web", ["k1"]);
  world.runFor(10 * MINUTE_MS);
  const of = (at: number, name: string): number =>
    [...world.replica(at).kept.values()].filter(({ broughtAt }) => broughtAt === name).length;
  expect([of(2, "b"), of(2, "c")]).toEqual([TOLD_MAX / 2, 1]);
  world.replica(0).stop();
  world.replica(2).stop();
  world.replica(2).kept.clear();
  world.replica(2).start();
  world.runFor(5 * MINUTE_MS);
  expect([of(2, "b"), of(2, "c")]).toEqual([TOLD_MAX / 2, 1]);
  expect(new Set([...world.replica(2).kept.values()].map(({ toldBy }) => toldBy))).toEqual(new Set(["c"]));
});

test("what others say of a proposal gives way to the word of the replica to which it was brought", () => {
  const brought = WALL - PROPOSAL_LIFE_MS + 10 * MINUTE_MS;
  const liar = new Liar((letter) =>
    letter.kind === "list"
      ? listOf([rowOf("web", "web k1", { at: "b", brought })], stateOf(1))
      : writePartAnswer(Buffer.from("web k1")),
  );
  const world = worldOf(["b", "c"], [liar]);
  const [b, c] = world.replicas;
  b!.stop();
  world.runFor(5_000);
  expect(c!.kept.get(idOf("web"))).toMatchObject({ toldBy: "x", broughtAt: "b", brought });
  b!.kept.clear();
  b!.bring("web", ["k1"]);
  const own = b!.kept.get(idOf("web"))!;
  b!.start();
  world.runFor(3 * MINUTE_MS);
  expect(c!.kept.get(idOf("web"))).toMatchObject({ toldBy: "b", broughtAt: "b", by: own.by, brought: own.brought });
  const { outcomes } = c!;
  expect(outcomes).toEqual(["taken", "confirmed"]);
  world.runFor(10 * MINUTE_MS);
  expect(outcomes).toHaveLength(2);
});

test("what takes more than its share of now, or is told of none of the replicas of now, makes room for others", () => {
  const world = worldOf(["b", "c", "x"]);
  const [b, c, x] = world.replicas;
  const replicas = (...nodes: readonly string[]): void => {
    c!.exchange.handleReplicas(nodes, c!.at);
    c!.act();
  };
  const of = (name: string): number => [...c!.kept.values()].filter(({ broughtAt }) => broughtAt === name).length;
  b!.stop();
  replicas("x");
  for (let at = 0; at < PROPOSALS_MAX; at++) x!.kept.set(idOf(`x${at}`), keptOf(`x${at}`, ["k1"]));
  x!.put(idOf("x"), keptOf("x"));
  world.runFor(5 * MINUTE_MS);
  expect(of("x")).toBe(TOLD_MAX);
  for (let at = 0; at < PROPOSALS_MAX; at++) b!.kept.set(idOf(`b${at}`), keptOf(`b${at}`, ["k1"]));
  b!.start();
  replicas("b", "x");
  world.runFor(10 * MINUTE_MS);
  expect([of("b"), of("x")]).toEqual([TOLD_MAX / 2, TOLD_MAX / 2]);
  b!.exchange.handleReplicas(["c"], b!.at);
  replicas("b");
  world.runFor(10 * MINUTE_MS);
  expect([of("b"), of("x")]).toEqual([TOLD_MAX, 0]);
});

test("a replica that goes and comes again while a letter to it is under way wakes nobody until that is answered", () => {
  const exchange = new Exchange(
    () => 0.5,
    () => undefined,
  );
  const at = (now: number): { readonly now: number; readonly wall: number } => ({ now, wall: WALL + now });
  exchange.handleReplicas(["d"], at(0));
  expect(exchange.pollLetter(at(1_000))?.to).toBe("d");
  exchange.handleReplicas([], at(2_000));
  exchange.handleReplicas(["d"], at(3_000));
  expect([exchange.pollLetter(at(9_000)), exchange.nextTimeout()]).toEqual([undefined, Number.POSITIVE_INFINITY]);
  exchange.handleAnswer("d", "unanswered", at(9_000));
  expect(exchange.nextTimeout()).toBeLessThan(9_000);
  expect(exchange.pollLetter(at(9_000))?.to).toBe("d");
});

test("a replica is answered about the audit, so often and no more, and nobody else is", () => {
  const exchange = new Exchange(
    () => 0.5,
    (question) => (question.length === 3 ? Buffer.from("entries") : undefined),
  );
  const at = { now: 0, wall: WALL };
  const ask = (node: string, question: string): string =>
    exchange.handleLetter(node, writeLetter({ kind: "audit", question: Buffer.from(question) }), at).outcome;
  exchange.handleReplicas(["d", "e"], at);
  expect(ask("x", "all")).toBe("unknown-sender");
  const letter = writeLetter({ kind: "audit", question: Buffer.from("all") });
  expect(exchange.handleLetter("d", letter, at)).toEqual({ outcome: "answered", body: Buffer.from("entries") });
  expect([exchange.readers.get("d")!.faults, ask("d", "nothing"), exchange.readers.get("d")!.faults]).toEqual([
    0,
    "malformed",
    1,
  ]);
  const outcomes = Array.from({ length: AUDIT_QUESTIONS_AT_ONCE }, () => ask("d", "all"));
  expect(outcomes.filter((word) => word === "answered")).toHaveLength(AUDIT_QUESTIONS_AT_ONCE - 2);
  expect(outcomes.at(-1)).toBe("busy");
  expect(ask("e", "all")).toBe("answered");
});

test("a proposal whose text is larger than any record is shown to nobody", () => {
  const world = worldOf(["b", "c"]);
  const subject = "x".repeat(TEXT_SIZE_MAX);
  world.replica(0).put(idOf(subject), keptOf(subject));
  world.replica(0).bring("web", ["k1"]);
  world.runFor(MINUTE_MS);
  expect(world.replica(1).waits).toEqual(["web k1"]);
});
