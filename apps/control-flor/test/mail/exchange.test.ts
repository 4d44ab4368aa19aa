import { altered, Random, runs } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import {
  writeLetter,
  writeListAnswer,
  writePartAnswer,
  readLetter,
  type Letter,
  type Listed,
  NO_ID,
  NO_STATE,
} from "../../src/mail/letters.ts";
import { FAULT_PAUSE_MS, LOOK_MS, NEWS_LOOKS_BURST, TEXT_SIZE_MAX, VAIN_A_LOOK_MAX } from "../../src/mail/limits.ts";
import type { NoAnswer } from "../../src/mail/replica-reader.ts";
import { digestOf } from "../../src/mail/shelf.ts";
import { PROPOSAL_LIFE_MS, PROPOSALS_MAX, TOLD_MAX } from "../../src/proposals/limits.ts";
import { WALL } from "../a-fabric.ts";
import { type End, idOf, keptOf, MINUTE_MS, World } from "./exchange-world.ts";

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

/** An end that is captured: it answers as it likes, and counts what it is asked. */
class Liar implements End {
  readonly name = "x";
  isRunning = true;
  lists = 0;
  parts = 0;
  readonly #answer: (letter: Letter, liar: Liar) => Uint8Array | NoAnswer;

  constructor(answer: (letter: Letter, liar: Liar) => Uint8Array | NoAnswer) {
    this.#answer = answer;
  }

  readonly answer = (_: string, body: Uint8Array): Uint8Array | NoAnswer => {
    const letter = readLetter(body)!;
    if (letter.kind === "list") this.lists++;
    else this.parts++;
    return this.#answer(letter, this);
  };
}

const stateOf = (number: number): string => number.toString(16).padStart(32, "0");
const rowOf = (subject: string, text = `${subject} k1`, change: Partial<Listed> = {}): Listed => ({
  id: idOf(subject),
  copy: digestOf(Buffer.from(text)),
  size: Buffer.byteLength(text),
  brought: WALL,
  at: "",
  by: "user/mallory",
  ...change,
});
const sorted = (rows: readonly Listed[]): Listed[] => rows.toSorted((a, b) => (a.id < b.id ? -1 : 1));
const listOf = (rows: readonly Listed[], state: string, after = NO_ID): Uint8Array => {
  const rest = sorted(rows).filter(({ id }) => id > after);
  return writeListAnswer({ state, listed: rest.slice(0, 75), hasMore: rest.length > 75 });
};
/** Rows whose texts are those that they say. */
const many = (count: number, prefix: string): readonly string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}${at}`);

describe("a replica that was captured", () => {
  const MINUTES = 10;
  test.each<
    [
      string,
      (letter: Letter, liar: Liar) => Uint8Array | NoAnswer,
      { readonly faults?: boolean; readonly partsMax?: number },
    ]
  >([
    ["answers octets that are no answer", () => Buffer.from("no answer"), { faults: true }],
    ["answers nothing in many octets", () => Buffer.alloc(15_360), { faults: true }],
    ["says of each list that it is another one", (_, liar) => listOf([], stateOf(liar.lists)), {}],
    [
      "has a list without an end",
      (letter, liar) => {
        const from = letter.kind === "list" ? BigInt(`0x${letter.after}`) : 0n;
        const rows = Array.from({ length: 75 }, (_, at) =>
          rowOf("web", "web", { brought: 0, id: (from + BigInt(at + 1)).toString(16).padStart(64, "0") }),
        );
        return letter.kind === "list"
          ? writeListAnswer({ state: stateOf(liar.lists), listed: rows, hasMore: true })
          : "busy";
      },
      { faults: true },
    ],
    [
      "gives the octets of another record",
      (letter, liar) =>
        letter.kind === "list"
          ? listOf([rowOf("web", "db k1")], stateOf(liar.lists))
          : writePartAnswer(Buffer.from("db k1")),
      { partsMax: 3 },
    ],
    [
      "gives other octets than it has said",
      (letter, liar) =>
        letter.kind === "list" ? listOf([rowOf("web")], stateOf(liar.lists)) : writePartAnswer(Buffer.from("web k2")),
      { faults: true },
    ],
    [
      "gives fewer octets than it has said",
      (letter, liar) =>
        letter.kind === "list" ? listOf([rowOf("web")], stateOf(liar.lists)) : writePartAnswer(Buffer.from("web")),
      { faults: true },
    ],
    [
      "gives no octets at all",
      (letter, liar) =>
        letter.kind === "list" ? listOf([rowOf("web")], stateOf(liar.lists)) : writePartAnswer(Buffer.alloc(0)),
      { faults: true },
    ],
    [
      "has proposals that are gone when they are asked for",
      (letter, liar) =>
        letter.kind === "list"
          ? listOf(
              many(70, `w${liar.lists}-`).map((each) => rowOf(each)),
              stateOf(liar.lists),
            )
          : writePartAnswer(undefined),
      { partsMax: (VAIN_A_LOOK_MAX * MINUTES * MINUTE_MS) / LOOK_MS },
    ],
    [
      "has records that nobody takes, others each time",
      (letter, liar) => {
        const names = many(70, `bad-${liar.lists}-`);
        if (letter.kind === "list")
          return listOf(
            names.map((each) => rowOf(each)),
            stateOf(liar.lists),
          );
        const found = names.find((each) => idOf(each) === letter.id)!;
        return writePartAnswer(Buffer.from(`${found} k1`));
      },
      { partsMax: (VAIN_A_LOOK_MAX * MINUTES * MINUTE_MS) / LOOK_MS },
    ],
    ["never answers", () => "unanswered", {}],
    ["is always busy", () => "busy", {}],
  ])("and that %s is asked little, and nothing else changes", (_, answer, { faults = false, partsMax = 0 }) => {
    const liar = new Liar(answer);
    const world = worldOf(["b", "c"], [liar]);
    world.runFor(MINUTES * MINUTE_MS);
    world.replica(0).bring("db", ["k2"]);
    expect(world.untilSame(5_000)).toBeLessThan(3_000);
    expect(world.replica(1).waits).toEqual(["db k2"]);
    const reader = world.replica(1).exchange.readers.get("x")!;
    expect(reader.faults > 0).toBe(faults);
    expect(reader.faults).toBeLessThanOrEqual(1 + MINUTES * (MINUTE_MS / FAULT_PAUSE_MS));
    // Both replicas ask it: now and then, and a little more often where it is busy.
    expect(liar.lists).toBeLessThanOrEqual(2 * (2 + (MINUTES * MINUTE_MS) / 5_000));
    if (partsMax > 0) expect(liar.parts).toBeLessThanOrEqual(2 * (partsMax + VAIN_A_LOOK_MAX));
  });

  test.each(["", "b", "c"])(
    "takes no more places than a share, and keeps nobody's proposals out: it says that they come of '%s'",
    (origin) => {
      const names = many(PROPOSALS_MAX, "flood-");
      const liar = new Liar((letter) => {
        const rows = names.map((each) => rowOf(each, `${each} k1`, { at: origin }));
        if (letter.kind === "list") return listOf(rows, stateOf(1), letter.after);
        return writePartAnswer(Buffer.from(`${names.find((each) => idOf(each) === letter.id)} k1`));
      });
      const world = worldOf(["b", "c"], [liar]);
      world.runFor(5 * MINUTE_MS);
      const of = (at: number, name: string): number =>
        [...world.replica(at).kept.values()].filter(({ broughtAt }) => broughtAt === name).length;
      const share = TOLD_MAX / 2;
      expect(Math.max(of(0, "x"), of(1, "x"))).toBe(origin === "" ? share : 0);
      const said = Math.max(of(0, "c"), of(1, "b"));
      expect([said > 0, said <= share]).toEqual([origin !== "", true]);
      for (const each of many(TOLD_MAX / 2, "web-")) world.replica(0).bring(each, ["k1"]);
      world.runFor(2 * MINUTE_MS);
      expect(world.replica(1).waits.filter((record) => record.startsWith("web-"))).toHaveLength(TOLD_MAX / 2);
    },
  );

  test("and that floods others with news is answered, and looked at no more often for it", () => {
    const liar = new Liar((_, own) => listOf([], stateOf(own.lists)));
    const world = worldOf(["b"], [liar]);
    const [b] = world.replicas;
    world.runFor(1_000);
    for (let at = 0; at < 10_000; at++) {
      const letter = writeLetter({ kind: "list", state: stateOf(1_000_000 + at), known: NO_STATE, after: NO_ID });
      expect(b!.answer("x", letter)).toBeInstanceOf(Uint8Array);
      world.runFor(6);
    }
    expect(liar.lists).toBeLessThanOrEqual(NEWS_LOOKS_BURST + 2 + (10_000 * 6) / 5_000);
    expect(b!.answer("x", Buffer.from("no letter"))).toBe("malformed");
    expect(b!.answer("nobody", writeLetter({ kind: "list", state: NO_STATE, known: NO_STATE, after: NO_ID }))).toBe(
      "unknown-sender",
    );
  });

  test("and answers with octets that were changed at random does no harm", () => {
    for (let seed = 1; seed <= runs(200, 20); seed++) {
      const random = new Random(seed);
      const names = many(20, "web-");
      const list = listOf(
        names.map((each) => rowOf(each)),
        stateOf(seed),
      );
      const liar = new Liar((letter) => {
        const found = names.find((each) => letter.kind === "part" && idOf(each) === letter.id);
        const answer = letter.kind === "list" ? list : writePartAnswer(Buffer.from(`${found ?? "web"} k1`));
        return random.chance(0.7) ? altered(random, answer, () => random.bytes(8)) : answer;
      });
      const world = worldOf(["b", "c"], [liar]);
      for (let minute = 0; minute < 10; minute++) {
        const letter = writeLetter({ kind: "list", state: stateOf(minute), known: NO_STATE, after: NO_ID });
        world.replica(0).answer(
          "x",
          altered(random, letter, () => random.bytes(8)),
        );
        world.runFor(MINUTE_MS);
      }
      world.replica(0).bring("db", ["k2"]);
      world.runFor(5_000);
      expect(world.replica(1).waits).toContain("db k2");
      const told = [...world.replica(1).kept.values()].filter(({ record }) => record !== "db k2");
      expect(told.every(({ record }) => names.some((each) => record === `${each} k1`))).toBe(true);
    }
  });

  test("and asks for octets that are not there gets none", () => {
    const world = worldOf(["b"], [new Liar(() => "busy")]);
    const [b] = world.replicas;
    b!.bring("web", ["k1"]);
    const part = (change: object): unknown =>
      b!.answer(
        "x",
        writeLetter({ kind: "part", id: idOf("web"), copy: digestOf(Buffer.from("web k1")), offset: 0, ...change }),
      );
    expect(part({})).toEqual(writePartAnswer(Buffer.from("web k1")));
    const none = writePartAnswer(undefined);
    expect(part({ offset: 6 })).toEqual(none);
    expect(part({ offset: 2 ** 32 - 1 })).toEqual(none);
    expect(part({ id: idOf("db") })).toEqual(none);
    expect(part({ copy: NO_STATE })).toEqual(none);
  });
});

test("a proposal whose text is larger than any record is shown to nobody", () => {
  const world = worldOf(["b", "c"]);
  const subject = "x".repeat(TEXT_SIZE_MAX);
  world.replica(0).put(idOf(subject), keptOf(subject));
  world.replica(0).bring("web", ["k1"]);
  world.runFor(MINUTE_MS);
  expect(world.replica(1).waits).toEqual(["web k1"]);
});
