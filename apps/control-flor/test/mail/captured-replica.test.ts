import { altered, Random, runs } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { writeLetter, writeListAnswer, writePartAnswer, NO_ID, NO_STATE } from "../../src/mail/letters.ts";
import { FAULT_PAUSE_MS, LOOK_MS, NEWS_LOOKS_BURST, VAIN_A_LOOK_MAX } from "../../src/mail/limits.ts";
import type { NoAnswer } from "../../src/mail/replica-reader.ts";
import { digestOf } from "../../src/mail/shelf.ts";
import { PROPOSALS_MAX, TOLD_MAX } from "../../src/proposals/limits.ts";
import { type End, idOf, MINUTE_MS, World } from "./exchange-world.ts";
import { Liar, type ReadingLetter, stateOf, rowOf, listOf, many } from "./liar.ts";

const worldOf = (names: readonly string[], liars: readonly End[]): World => new World(new Random(7), names, liars);

describe("a replica that was captured", () => {
  const MINUTES = 10;
  test.each<
    [
      string,
      (letter: ReadingLetter, liar: Liar) => Uint8Array | NoAnswer,
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
              letter.after,
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
            letter.after,
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

  test("and sends what is no letter is not read for a minute, whatever it sends beside", () => {
    const liar = new Liar((_, own) => listOf([], stateOf(own.lists)));
    const world = worldOf(["b"], [liar]);
    const [b] = world.replicas;
    world.runFor(5_000);
    const before = liar.lists;
    for (let at = 0; at < 60; at++) {
      b!.answer("x", Buffer.from("no letter"));
      b!.answer("x", writeLetter({ kind: "list", state: stateOf(900 + at), known: NO_STATE, after: NO_ID }));
      world.runFor(1_000);
    }
    expect(liar.lists - before).toBe(0);
    expect(b!.exchange.readers.get("x")!.faults).toBe(60);
    world.runFor(2 * FAULT_PAUSE_MS);
    expect(liar.lists - before).toBeGreaterThan(0);
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
