/**
 * The reader of a log, given stores that somebody has changed. A short run each time; with FLORENETES_SOAK=<seconds> the test goes on for that long, from
 * a seed of its own. A failure names its seed and its run.
 */
import { FUZZ_TIMEOUT_MS, fuzz, type Random } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { type Entry, entriesAfter, type LogHead, originOf, readEntry } from "../../src/log/entry.ts";
import { AWAY_MS, FORKS_KEPT } from "../../src/log/limits.ts";
import { LogReader } from "../../src/log/log-reader.ts";

const origin = originOf("demo", "main");
const bare = ({ index, hash }: LogHead): LogHead => ({ index, hash });

/** The entries of a store, and the head that it says. */
interface State {
  head: LogHead;
  entries: Map<number, Uint8Array>;
}

/** A store, and the log as it would be without the harm that is done to it. */
class Scene {
  readonly random: Random;
  readonly truth: Entry[] = [];
  readonly snapshots: State[] = [];
  state: State = { head: origin, entries: new Map() };
  /** Entries of the truth below this index may be gone. */
  compactedBelow = 0;
  words = 0;
  now = 0;

  constructor(random: Random) {
    this.random = random;
  }

  records(): Uint8Array[] {
    return Array.from({ length: this.random.between(1, 8) }, () => Buffer.from(`record ${this.words++}`));
  }

  extend(): void {
    this.truth.push(...entriesAfter(bare(this.truth.at(-1) ?? origin), this.records()));
  }

  heal(): void {
    const left = this.truth.filter(({ index }) => index >= this.compactedBelow || this.random.chance(0.3));
    this.state = {
      head: bare(this.truth.at(-1) ?? origin),
      entries: new Map(left.map(({ index, octets }) => [index, octets])),
    };
  }

  /** Goes on behind whatever is there, as a writer would who trusts the store. */
  append(): void {
    for (const entry of entriesAfter(this.state.head, this.records())) {
      this.state.entries.set(entry.index, entry.octets);
      this.state.head = bare(entry);
    }
  }

  harm(): void {
    const { random, state } = this;
    const indexes = [...state.entries.keys()];
    if (indexes.length === 0) return;
    const [one, other] = [random.pick(indexes), random.pick(indexes)];
    const octets = Buffer.from(state.entries.get(one)!);
    const choice = random.below(8);
    if (choice === 0) state.entries.delete(one);
    else if (choice === 1) {
      state.entries.set(one, state.entries.get(other)!);
      state.entries.set(other, octets);
    } else if (choice === 2) {
      octets[random.below(octets.length)]! ^= random.between(1, 255);
      state.entries.set(one, octets);
    } else if (choice === 3) state.entries.set(one, octets.subarray(0, random.below(octets.length)));
    else if (choice === 4) {
      const before = { index: one - 1, hash: readEntry(octets)?.prior ?? origin.hash };
      state.entries.set(one, entriesAfter(before, this.records())[0]!.octets);
    } else if (choice === 5) state.head = { index: random.below(2 * indexes.length), hash: origin.hash };
    else if (choice === 6) state.head = bare(readEntry(octets) ?? origin);
    else state.entries = new Map(random.chance(0.5) ? [] : [...state.entries].slice(0, random.below(indexes.length)));
  }

  /** The answer to a read, as the store has it. */
  read(from: number, count: number): Uint8Array[] {
    const indexes = [...this.state.entries.keys()].filter((index) => index >= from).toSorted((a, b) => a - b);
    return indexes.slice(0, count).map((index) => this.state.entries.get(index)!);
  }

  keep(): void {
    this.snapshots.push({ head: this.state.head, entries: new Map(this.state.entries) });
  }

  restore(): void {
    if (this.snapshots.length === 0) return;
    const { head, entries } = this.random.pick(this.snapshots);
    this.state = { head, entries: new Map(entries) };
  }
}

/** Looks once. @param isHonest: answers are those of the store, and may be short */
function look(scene: Scene, reader: LogReader, isHonest: boolean): void {
  const { random } = scene;
  const isCurrent = isHonest || random.chance(0.8);
  reader.handleHead({ head: scene.state.head, isCurrent }, scene.now);
  let reads = 0;
  for (let wanted = reader.pollRead(); wanted !== undefined && reads < 200; wanted = reader.pollRead()) {
    reads++;
    let entries = scene.read(wanted.from, wanted.count);
    // A store may give as few entries as it likes, but one.
    if (entries.length > 1 && random.chance(0.5)) entries = entries.slice(0, random.between(1, entries.length));
    if (!isHonest && random.chance(0.05)) entries = entries.toReversed();
    if (!isHonest && random.chance(0.05)) entries.push(random.bytes(random.below(100)));
    reader.handleEntries({ entries, isCurrent });
  }
  expect(reader.pollRead()).toBe(undefined);
}

function step(scene: Scene, reader: LogReader): void {
  const { random } = scene;
  scene.now += random.below(AWAY_MS);
  const choice = random.below(12);
  if (choice < 2) scene.extend();
  else if (choice < 4) scene.harm();
  else if (choice === 4) scene.append();
  else if (choice === 5) scene.keep();
  else if (choice === 6) scene.restore();
  else if (choice === 7 && scene.truth.length > 0) {
    const at = random.pick(scene.truth);
    reader.handleCheckpoint(bare(at));
    scene.compactedBelow = Math.max(scene.compactedBelow, random.below(at.index));
  } else if (choice === 8) scene.heal();
  else look(scene, reader, random.chance(0.5));
}

test("stores that were changed, put back, cut and compacted", { timeout: FUZZ_TIMEOUT_MS }, () => {
  fuzz(4_000, (random) => {
    const scene = new Scene(random);
    const told: string[] = [];
    const judge = (record: Uint8Array): undefined => void told.push(Buffer.from(record).toString());
    let reader = new LogReader({ cluster: "demo", name: "main", judge });
    /** Hashes of entries that the reader has said it has seen. */
    const seen = new Map<number, string>();
    let last = 0;
    for (let turn = 0; turn < 40; turn++) {
      if (random.chance(0.05)) reader = new LogReader({ cluster: "demo", name: "main", judge, seen: reader.seen });
      step(scene, reader);
      while (reader.pollEvent() !== undefined);
      const { index, hash } = reader.seen;
      // The reader goes forward, and never contradicts itself.
      expect(index).toBeGreaterThanOrEqual(last);
      expect(seen.get(index) ?? hash).toBe(hash);
      last = index;
      seen.set(index, hash);
      for (const [at, before] of seen) expect([before, undefined]).toContain(reader.hashAt(at));
      expect(reader.forks.length).toBeLessThanOrEqual(FORKS_KEPT);
    }
    // Whatever has happened, a whole store that goes on from what was seen is read to its end, unless signers and it are at odds.
    const isOnTruth = reader.seen.index === 0 || scene.truth[reader.seen.index - 1]?.hash === reader.seen.hash;
    const newest = scene.truth.at(-1);
    if (!isOnTruth || newest === undefined) return;
    reader.handleCheckpoint(bare(newest));
    scene.heal();
    scene.now += AWAY_MS;
    look(scene, reader, true);
    expect(reader.fault).toBe(undefined);
    expect(reader.seen).toEqual(bare(newest));
    expect(told).toContain(Buffer.from(newest.record).toString());
  });
});

test("a look at a whole answer ends at the head, or with a fault", { timeout: FUZZ_TIMEOUT_MS }, () => {
  fuzz(4_000, (random) => {
    const scene = new Scene(random);
    for (let turn = 0; turn < 4; turn++) scene.extend();
    scene.heal();
    const reader = new LogReader({ cluster: "demo", name: "main", judge: () => undefined });
    const at = random.below(scene.truth.length);
    if (random.chance(0.5)) reader.handleCheckpoint(bare(scene.truth[at]!));
    for (let harms = random.below(3); harms > 0; harms--) scene.harm();
    look(scene, reader, true);
    if (reader.fault === undefined) expect(reader.seen).toEqual(scene.state.head);
    const there = (index: number): Uint8Array => scene.state.entries.get(index) ?? Buffer.alloc(0);
    const isHarmed = scene.truth.some(({ index, octets }) => !Buffer.from(octets).equals(there(index)));
    const isCut = scene.truth.some(({ index }) => readEntry(there(index))?.index !== index);
    // A reader that has seen nothing before takes any head for the right one. From the right one no harm passes but a gap behind a checkpoint.
    const isRight = reader.fault === undefined && reader.seen.hash === scene.truth.at(-1)!.hash;
    if (isRight && isHarmed) expect(isCut).toBe(true);
  });
});
