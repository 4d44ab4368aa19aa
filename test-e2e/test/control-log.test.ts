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
      gaps: [{ from: gone.index, to: gone.index, mayBeRemoved: null }],
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

describe("the audit of a replica", () => {
  const audit = async (
    node: "b" | "c",
    query = "",
  ): Promise<{
    status: number;
    body: { replica: string; next: string | null; items: readonly { number: number; path: string; replica: string }[] };
  }> => (await control.askAt(node, `/v1/audit${query}`)) as never;

  test("outlives the crash of its process, and goes on behind its last entry", async () => {
    await control.askAt("b", "/v1/pools");
    const before = (await audit("b", "?path=/v1/pools")).body.items;
    expect(before).toMatchObject([{ replica: "b", path: "/v1/pools" }]);
    await control.kill("b");
    await control.start("b");
    const { body } = await audit("b", "?path=/v1/pools");
    expect(body).toMatchObject({ replica: "b", items: before });
    await control.askAt("b", "/v1/pools");
    const [last] = (await audit("b", "?path=/v1/pools")).body.items;
    expect(last!.number).toBeGreaterThan(before[0]!.number);
  });

  test("is its own: the cursor of another replica is refused", async () => {
    const { next } = (await audit("b", "?limit=1")).body;
    expect(await audit("c", `?after=${next}`)).toMatchObject({
      status: 409,
      body: { code: "ERR_CONTROL_AUDIT_OTHER" },
    });
    expect((await audit("b", `?after=${next}`)).status).toBe(200);
  });
});

test("the console's pages of log and audit come over the mesh, each to whom it may be shown", async () => {
  const open = async (page: string, as: "alice" | "bob"): Promise<string> =>
    (await fetch(`${control.addresses[as]}/${page}`)).text();
  await expect.poll(() => open("audit", "bob"), PATIENCE).toContain("user/bob");
  expect(await open("audit", "bob")).not.toContain("user/alice");
  // Either replica may answer: one of them keeps no log, and says so.
  expect(await open("log", "alice")).toMatch(/v1\/log\/entries\/1|ERR_CONTROL_LOG_NONE/);
});

test("all of these answers are as the OpenAPI document has them", () => {
  expect(control.document.differences).toEqual([]);
  expect(control.document.count).toBeGreaterThan(20);
});
