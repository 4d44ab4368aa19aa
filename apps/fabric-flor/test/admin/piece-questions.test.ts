import { bodyOf, type Fact, KINDS, readFact, signPayload, writePayload } from "@florenetes/facts";
import { entriesAfter, type Entry, LogError, originOf } from "@florenetes/facts/log";
import { AdminAnswer } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { HOURS_SETTLED, pieceQuestions } from "../../src/admin/piece-questions.ts";
import { UsageShelf } from "../../src/agent/usage/usage-shelf.ts";
import { newKey } from "../demo-records.ts";

const SAID = "the agent's copy of the log does not give the entries that it has proven";
const NOW = Date.parse("2026-11-30T12:30:00.000Z");
const HOUR = 3_600_000;

interface Told {
  readonly fault: string | null;
  readonly piece: {
    readonly name: string;
    readonly cursor: string;
    readonly text: string;
    readonly isLast: boolean;
  } | null;
}

/** An agent whose copy of the log a test changes. */
class Scene {
  entries: readonly Entry[] = entriesAfter(originOf("demo", "main"), [1, 2, 3].map(recordOf));
  seen = 3;
  isWhole = true;
  hasStore = true;
  name: string | undefined = "main";
  /** The post that the signer has put beside the log. */
  board = "first";
  atOnce = 256;
  fault: Error | undefined;
  /** False: the store is about to be moved, say. */
  isOpen = true;
  readonly shelf = new UsageShelf();
  readonly key = newKey("o");

  async ask(kind: "log" | "usage", after?: string): Promise<Told> {
    const query = new URLSearchParams(after === undefined ? {} : { after });
    return (await this.#routes[`/pieces/${kind}`]!(query)) as Told;
  }

  /** Asks until there is nothing more, and returns all pieces. */
  async askAll(kind: "log" | "usage"): Promise<readonly NonNullable<Told["piece"]>[]> {
    const pieces: NonNullable<Told["piece"]>[] = [];
    for (let after: string | undefined; ;) {
      const { piece } = await this.ask(kind, after);
      if (piece === null) return pieces;
      pieces.push(piece);
      after = piece.cursor;
    }
  }

  put(hours: number, organization: string): void {
    const slot = { kind: "usage", scope: `org/${organization}`, subject: `${Math.floor(NOW / HOUR) - hours}/o` };
    const times = { epoch: 1, generation: 0, issued: NOW, expires: NOW + KINDS.usage.life };
    const relays = Array.from({ length: 200 }, (_, at) => [`relay-${at}`, 3, 2, 900, 1_000]);
    const body = { partition: "north", receipts: 3, missing: 1, relays, rest: [0, 0, 0] };
    const payload = writePayload({ cluster: "demo", ...slot, authority: "observer", issuer: "o", ...times, body });
    const octets = signPayload(payload, [this.key]);
    this.shelf.take(readFact(octets, "demo") as Fact, octets);
  }

  readonly #routes = pieceQuestions({
    cluster: "demo",
    node: "b",
    log: () => ({
      name: this.name,
      hasStore: this.hasStore,
      store: {
        seen: this.entries[this.seen - 1] ?? originOf("demo", "main"),
        isWhole: this.isWhole,
      },
      signers: [{ key: Buffer.alloc(32).toString("base64") }] as never,
    }),
    read: async (from, count) => {
      if (this.fault !== undefined) throw this.fault;
      if (!this.isOpen) return undefined;
      const found = this.entries.filter(({ index }) => index >= from);
      return found.slice(0, Math.min(count, this.atOnce)).map(({ octets }) => octets);
    },
    posts: async (keyIds) => new Map(keyIds.map((keyId) => [keyId, Buffer.from(this.board)])),
    usage: { shelf: this.shelf, read: (octets) => bodyOf(readFact(octets, "demo") as Fact, "usage") },
    wallClock: () => NOW,
  });
}

function recordOf(number: number): Uint8Array {
  return Buffer.from(`record ${number}`);
}

/** The indexes of a piece's name. */
function rangeOf(name: string): string {
  return /\.(0\d+-0\d+)\./.exec(name)![1]!.replaceAll(/0+(\d)/g, "$1");
}

test("a piece of the log is a copy of its entries, with what signers have put beside them", async () => {
  const scene = new Scene();
  const { fault, piece } = await scene.ask("log");
  expect(fault).toBeNull();
  expect(piece).toMatchObject({
    name: "log.main.b.000000000001-000000000003.20261130T123000Z.txt",
    isLast: true,
  });
  const lines = piece!.text.split("\n");
  expect(lines[0]).toBe("florenetes log demo main");
  expect(lines.filter((line) => line.startsWith("entry "))).toHaveLength(3);
  expect(lines[4]).toMatch(/^post [0-9a-f]{64} Zmlyc3Q=$/);
  expect(lines.slice(5)).toEqual([`end 3 ${scene.entries[2]!.hash}`, ""]);
});

test("pieces follow each other, and nothing comes twice", async () => {
  const scene = new Scene();
  scene.entries = entriesAfter(
    originOf("demo", "main"),
    Array.from({ length: 7 }, (_, at) => recordOf(at)),
  );
  scene.seen = 6;
  scene.atOnce = 2;
  const pieces = await scene.askAll("log");
  expect(pieces.map(({ name, isLast }) => [rangeOf(name), isLast])).toEqual([
    ["1-2", false],
    ["3-4", false],
    ["5-6", true],
  ]);
});

test("what signers put later comes with the last entry once more", async () => {
  const scene = new Scene();
  const { cursor } = (await scene.ask("log")).piece!;
  expect((await scene.ask("log", cursor)).piece).toBeNull();
  scene.board = "second";
  const { piece } = await scene.ask("log", cursor);
  expect(rangeOf(piece!.name)).toBe("3-3");
  expect(piece!.text).toContain(Buffer.from("second").toString("base64"));
  expect((await scene.ask("log", piece!.cursor)).piece).toBeNull();
});

test("a log that is another one, or whose entries are others, is kept from its beginning", async () => {
  const scene = new Scene();
  const { cursor } = (await scene.ask("log")).piece!;
  scene.entries = entriesAfter(originOf("demo", "main"), [4, 5, 6].map(recordOf));
  expect(rangeOf((await scene.ask("log", cursor)).piece!.name)).toBe("1-3");
  scene.seen = 2;
  expect(rangeOf((await scene.ask("log", cursor)).piece!.name)).toBe("1-2");
  // A copy that is being read anew is on its way there.
  scene.isWhole = false;
  expect((await scene.ask("log", cursor)).piece).toBeNull();
  scene.name = "other";
  expect(rangeOf((await scene.ask("log", cursor)).piece!.name)).toBe("1-2");
});

test.each(["", "x", "main/1", `main/99999999999999999999/${"0".repeat(64)}/${"0".repeat(16)}`])(
  "the cursor %j counts as none",
  async (cursor) => {
    expect(rangeOf((await new Scene().ask("log", cursor)).piece!.name)).toBe("1-3");
  },
);

test("an agent without a copy, or without a log yet, says so; a store that fails is a 503", async () => {
  const scene = new Scene();
  scene.hasStore = false;
  expect(await scene.ask("log")).toMatchObject({ fault: expect.stringContaining("no copy"), piece: null });
  scene.hasStore = true;
  scene.name = undefined;
  expect(await scene.ask("log")).toMatchObject({ fault: expect.stringContaining("not read"), piece: null });
  scene.name = "main";
  scene.fault = new LogError("ERR_LOG_STORE_UNREACHABLE", "it is away");
  expect(await scene.ask("log")).toEqual(expect.any(AdminAnswer));
});

test("usage is handed out once its hour is settled, each record once, in pieces of about a mebibyte", async () => {
  const scene = new Scene();
  for (let hours = 1; hours <= 60; hours++) for (const name of ["acme", "other"]) scene.put(hours, name);
  const pieces = await scene.askAll("usage");
  expect(pieces.length).toBeGreaterThan(1);
  for (const { text } of pieces) expect(text.length).toBeLessThan(1_100_000);
  expect(pieces.map(({ isLast }) => isLast)).toEqual(pieces.map((_, at) => at === pieces.length - 1));
  const rows = pieces.flatMap(({ text }) => text.trim().split("\n")).map((line) => JSON.parse(line) as Row);
  expect(rows).toHaveLength(2 * (60 - HOURS_SETTLED));
  expect(new Set(rows.map(({ record }) => record)).size).toBe(rows.length);
  const last = Math.max(...rows.map(({ hour }) => Date.parse(hour)));
  expect(last + (HOURS_SETTLED + 1) * HOUR).toBeLessThanOrEqual(NOW);
  const fact = readFact(Buffer.from(rows[0]!.signed, "base64"), "demo") as Fact;
  expect(fact.id).toBe(rows[0]!.record);
  expect(pieces[0]!.name).toMatch(/^usage\.b\.20261128T000000Z-20261[12]\d+T\d+Z\.20261130T123000Z\.jsonl$/);
});

interface Row {
  readonly record: string;
  readonly hour: string;
  readonly signed: string;
}

test("a copy that gives nothing of what it has proven is a fault, and one of which all is kept is none", async () => {
  const scene = new Scene();
  const { cursor } = (await scene.ask("log")).piece!;
  expect(await scene.ask("log", cursor)).toMatchObject({ fault: null, piece: null });
  scene.isOpen = false;
  expect(await scene.ask("log")).toMatchObject({ fault: SAID, piece: null });
  expect(await scene.ask("log", cursor)).toMatchObject({ fault: null, piece: null });
});
