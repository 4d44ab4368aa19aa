/*
 *   b ───── a ───── c     two replicas of the control API: b keeps a copy of the log, and c keeps none
 */
import { createHash } from "node:crypto";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ControlFabric } from "../src/control-fabric.ts";
import { PATIENCE } from "../src/patience.ts";

let control: ControlFabric;

beforeAll(async () => {
  control = await ControlFabric.open({ logs: ["b"] });
  await control.fabric.publish(
    "a",
    ["one", "two"].map((name) => control.fabric.signService(name, ["c"])),
  );
});
afterAll(() => control?.[Symbol.asyncDispose]());

interface Entry {
  readonly index: number;
  readonly prior: string;
  readonly hash: string;
  readonly octets?: string;
  readonly record: {
    readonly kind: string;
    readonly subject: string;
    readonly signed: readonly string[];
    readonly words: readonly string[];
  } | null;
}
interface Page {
  readonly size: number;
  readonly head: string;
  readonly items: readonly Entry[];
  readonly gaps: readonly unknown[];
  readonly breaks: readonly unknown[];
  readonly next: string | null;
}

async function pageOf(query = ""): Promise<Page> {
  return (await control.askAt("b", `/v1/log/entries${query}`)).body as unknown as Page;
}

const subjects = ({ items }: Page): readonly (string | undefined)[] => items.map(({ record }) => record?.subject);

describe("the log, by the control API", () => {
  test("has each record with its words and its signers, page by page, the newest first", async () => {
    await expect.poll(async () => subjects(await pageOf("?kind=service")), PATIENCE).toHaveLength(3);
    const { items } = await pageOf("?kind=service&subject=two");
    expect(items).toMatchObject([{ record: { kind: "service", subject: "two" } }]);
    expect(items[0]!.record!.signed).toHaveLength(2);
    expect(items[0]!.record!.words.join("\n")).toContain('"node":"c"');
    const all = await pageOf();
    expect(all).toMatchObject({ size: all.items.length, gaps: [], breaks: [], next: null });
    const told: number[] = [];
    let page = await pageOf("?limit=2");
    for (; page.next !== null; page = await pageOf(`?limit=2&after=${page.next}`))
      told.push(...page.items.map(({ index }) => index));
    told.push(...page.items.map(({ index }) => index));
    expect(told).toEqual(all.items.map(({ index }) => index));
  });

  test("is a chain that whoever asks verifies by the octets alone", async () => {
    const { size, head } = await pageOf();
    let prior: string | undefined;
    for (let index = 1; index <= size; index++) {
      const { entry } = (await control.askAt("b", `/v1/log/entries/${index}`)).body as unknown as { entry: Entry };
      const octets = Buffer.from(entry.octets!, "base64");
      expect(octets.readBigUInt64BE(1)).toBe(BigInt(index));
      if (prior !== undefined) expect(octets.toString("hex", 9, 41)).toBe(prior);
      prior = createHash("sha256").update("FLORENETES ENTRY\0").update(octets).digest("hex");
      expect(entry.hash).toBe(prior);
    }
    expect(prior).toBe(head);
  });

  test("is not told by a replica whose node keeps none", async () => {
    expect(await control.askAt("c", "/v1/log/entries")).toMatchObject({
      status: 404,
      body: { code: "ERR_CONTROL_LOG_NONE" },
    });
  });

  test("an entry that somebody has removed is a gap, and one that was changed a break", async () => {
    const { items } = await pageOf();
    const [, changed, , gone] = items as [Entry, Entry, Entry, Entry];
    using database = open();
    const octets = Buffer.from(
      database.prepare("SELECT octets FROM entries WHERE entry = ?").get(changed.index)!["octets"] as Uint8Array,
    );
    octets[octets.length - 1]! ^= 1;
    database.prepare("UPDATE entries SET octets = ? WHERE entry = ?").run(octets, changed.index);
    database.prepare("DELETE FROM entries WHERE entry = ?").run(gone.index);
    expect(await pageOf()).toMatchObject({
      gaps: [{ from: gone.index, to: gone.index, mayBeRemoved: false }],
      breaks: [changed.index + 1],
    });
    expect((await control.askAt("b", `/v1/log/entries/${gone.index}`)).status).toBe(404);
  });
});

/** The file in which b's agent keeps its copy. */
function open(): DatabaseSync & Disposable {
  const database = new DatabaseSync(join(control.fabric.configFile("b"), "../fabric-state/log-main.db"), {
    timeout: 5_000,
  });
  return Object.assign(database, { [Symbol.dispose]: () => database.close() });
}
