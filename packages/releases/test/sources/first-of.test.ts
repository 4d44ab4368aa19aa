import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeTime } from "@florenetes/scheduling";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { repositoryError } from "../../src/repository/index.ts";
import { FirstOf } from "../../src/sources/drivers/first-of.ts";
import { type SourceFault, type SourceKind, SourceRanking } from "../../src/sources/source-ranking.ts";
import { octetsOf, type Play, PlayedSource, targetOf } from "./played-source.ts";

const GOOD = octetsOf(10_000);
const WRONG = octetsOf(10_000, 1);
const target = targetOf(GOOD);
const signal = new AbortController().signal;
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "first-of-"));
  file = join(folder, "part");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

class World {
  readonly sources = new Map<string, PlayedSource>();
  readonly ranking = new SourceRanking();
  readonly faults: [string, SourceFault][] = [];
  readonly first: FirstOf;

  /** Caches in the order of their distance, and one store. */
  constructor(...plays: readonly Play[]) {
    const kinds = new Map<string, SourceKind>();
    for (const [at, play] of plays.entries()) {
      const name = at === plays.length - 1 ? "store" : `cache-${at}`;
      this.sources.set(name, new PlayedSource(play));
      kinds.set(name, name === "store" ? "store" : "cache");
    }
    this.ranking.handleSources(kinds);
    for (const [at, name] of [...kinds.keys()].entries()) this.ranking.handleRoundTrip(name, at + 1);
    this.first = new FirstOf({
      ranking: this.ranking,
      sourceOf: (name) => this.sources.get(name)!,
      time: nodeTime,
      onFault: (name, fault) => this.faults.push([name, fault]),
    });
  }

  async download(): Promise<void> {
    await this.first.download(target, file, { signal });
    expect(readFileSync(file)).toEqual(Buffer.from(GOOD));
  }

  given(): readonly number[] {
    return [...this.sources.values()].map(({ given }) => given);
  }
}

test("the nearest cache gives all, and nobody else is asked", async () => {
  const world = new World({ octets: GOOD }, { octets: GOOD }, { octets: GOOD });
  await world.download();
  expect(world.given()).toEqual([10_000, 0, 0]);
  expect(world.faults).toEqual([]);
});

test("a cache that has not the file is passed over without a fault, one that stops is gone on with from the next", async () => {
  const world = new World({}, { octets: GOOD, failsAfter: 4_000 }, { octets: GOOD });
  await world.download();
  expect(world.given()).toEqual([0, 4_000, 6_000]);
  expect(world.faults).toEqual([["cache-1", "lost"]]);
});

test("a liar costs the file once, is known, and is not asked again", async () => {
  const world = new World({ octets: WRONG }, { octets: GOOD }, { octets: GOOD });
  await world.download();
  expect(world.given()).toEqual([10_000, 10_000, 0]);
  expect(world.faults).toEqual([["cache-0", "lying"]]);
  rmSync(file);
  await world.download();
  expect(world.given()).toEqual([10_000, 20_000, 0]);
});

test.each([
  ["longer", octetsOf(20_000), "lying"],
  ["shorter", GOOD.subarray(0, 5_000), "lying"],
])("a file that is %s is a lie", async (_, octets, fault) => {
  const world = new World({ octets }, { octets: GOOD });
  await world.download();
  expect(world.faults).toEqual([["cache-0", fault]]);
});

test("where two have given a part each, the one that has lied is found by the whole, and the other one keeps its standing", async () => {
  const world = new World({ octets: GOOD, failsAfter: 4_000 }, { octets: WRONG }, { octets: GOOD });
  await world.download();
  expect(world.faults).toEqual([
    ["cache-0", "lost"],
    ["cache-1", "lying"],
  ]);
  expect(world.given()).toEqual([4_000, 6_000, 10_000]);
});

test("where the first part was the lie, it is found as well", async () => {
  const world = new World({ octets: WRONG, failsAfter: 4_000 }, { octets: GOOD }, { octets: GOOD });
  await world.download();
  expect(world.faults).toEqual([
    ["cache-0", "lost"],
    ["cache-0", "lying"],
  ]);
});

test("wrong octets of another life of the process are nobody's lie", async () => {
  writeFileSync(file, WRONG.subarray(0, 3_000));
  const world = new World({ octets: GOOD }, { octets: GOOD });
  await world.download();
  expect(world.faults).toEqual([]);
  rmSync(file);
  writeFileSync(file, GOOD.subarray(0, 3_000));
  const resumed = new World({ octets: GOOD }, { octets: GOOD });
  await resumed.download();
  expect(resumed.given()).toEqual([7_000, 0]);
});

test("without a source that gives it, the error says what was wrong with each", async () => {
  const world = new World({ octets: WRONG }, { failsAfter: 0 }, {});
  await expect(world.download()).rejects.toMatchObject({
    code: "ERR_RELEASE_SOURCES",
    message: expect.stringMatching(/cache-0: .*cache-1: it has gone.*store: it has not this file/) as string,
  });
  await expect(new World().download()).rejects.toMatchObject({ code: "ERR_RELEASE_SOURCES" });
});

test("as long as one source is good, the file comes whole, and none but liars is told to have lied", async () => {
  const play = fc.record({
    octets: fc.constantFrom(GOOD, WRONG, GOOD.subarray(0, 3_000), undefined),
    failsAfter: fc.constantFrom(0, 2_000, 7_000, 100_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(play, { maxLength: 5 }), async (plays) => {
      rmSync(file, { force: true });
      const world = new World(...plays, { octets: GOOD });
      await world.download();
      for (const [name, fault] of world.faults) {
        if (fault !== "lying") continue;
        const { octets } = world.sources.get(name)!.play;
        expect(octets === WRONG || octets!.length < GOOD.length).toBe(true);
      }
      // A liar gives the file once with others, and once alone.
      for (const given of world.given()) expect(given).toBeLessThanOrEqual(2 * GOOD.length);
    }),
    { numRuns: 60 },
  );
});

test("metadata comes from one source at a time: who lies or is old is passed over, and the first that brings enough ends it", async () => {
  const world = new World({}, {}, {}, {});
  const asked: string[] = [];
  const outcomes: Record<string, () => void> = {
    "cache-0": () => {
      throw repositoryError("ERR_RELEASE_SIGNATURES", "wrong");
    },
    "cache-1": () => {
      throw repositoryError("ERR_RELEASE_ROLLED_BACK", "old");
    },
    "cache-2": () => undefined,
    store: () => undefined,
  };
  const reader = {
    refresh: async (source: unknown) => {
      const [name] = [...world.sources].find(([, each]) => each === source)!;
      asked.push(name);
      outcomes[name]!();
    },
  };
  await world.first.refresh(reader, signal, async () => asked.includes("store"));
  expect(asked).toEqual(["cache-0", "cache-1", "cache-2", "store"]);
  expect(world.faults).toEqual([
    ["cache-0", "lying"],
    ["cache-1", "stale"],
  ]);
  outcomes["cache-2"] = () => {
    throw repositoryError("ERR_RELEASE_FILE", "our own disk is full");
  };
  await expect(world.first.refresh(reader, signal)).rejects.toMatchObject({ code: "ERR_RELEASE_FILE" });
  expect(world.faults).toHaveLength(2);
  asked.length = 0;
  await world.first.refresh(reader, signal, undefined, "store");
  expect(asked).toEqual(["store"]);
});
