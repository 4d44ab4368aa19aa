import { expect, test } from "vitest";
import { PlayedAgent } from "./played-agent.ts";
import type { Run } from "./run-flor.ts";

const agent = await PlayedAgent.start();
const usage = (...words: readonly string[]): Promise<Run> => agent.run("usage", ...words);
const row = (relay: string, bytes: number, claimed = bytes) => ({ relay, class: "bulk", packets: 2, bytes, claimed });
const NOTHING = { relays: 0, packets: 0, bytes: 0 };
const ACME = {
  organization: "acme",
  hour: "2026-11-29T22:00:00.000Z",
  observer: "o1",
  partition: "north",
  record: "3f".repeat(32),
  receipts: 12,
  missing: 0,
  relays: [row("r1", 5_000_000, 9_000_000), row("r2", 1_000)],
  rest: NOTHING,
};
const LESS = { ...ACME, observer: "o0", receipts: 11, relays: [row("r1", 7)], missing: 1 };
const NONE = { ...ACME, organization: null, relays: [row("r1", 3_000)], rest: { relays: 2, packets: 4, bytes: 500 } };

test("sums are by what is asked for, of the observer whose word counts", async () => {
  agent.answer = { node: "o1", usage: [LESS, ACME, NONE], left: 0, next: null };
  const run = await usage();
  expect(run).toMatchObject({ code: 0, err: "" });
  expect(agent.asked).toBe("/usage?");
  expect(run.out).toMatchInlineSnapshot(`
    "carried by relays, as o1 was told
      ORGANIZATION  PACKETS  BYTES   CLAIMED
      acme          4        5.0 MB  9.0 MB
      -             6        3.5 kB  the same

    in some hour 1 nodes have sent no receipt"
  `);
  expect((await usage("--by", "relay")).out).toMatchInlineSnapshot(`
    "carried by relays, as o1 was told
      RELAY  PACKETS  BYTES   CLAIMED
      r1     4        5.0 MB  9.0 MB
      r2     2        1.0 kB  the same
      -      4        500 B   the same

    in some hour 1 nodes have sent no receipt"
  `);
  expect((await usage("--by", "hour")).out).toContain("2026-11-29T22:00:00.000Z");
  expect(JSON.parse((await usage("--json")).out)).toEqual({ node: "o1", usage: [LESS, ACME, NONE] });
});

test("a spreadsheet has a row for each relay and class, and one for what a record had no room for", async () => {
  agent.answer = { node: "o1", usage: [ACME, NONE], left: 0, next: null };
  expect((await usage("--csv")).out.split("\r\n")).toEqual([
    "hour,organization,partition,observer,relay,class,packets,bytes,claimed",
    "2026-11-29T22:00:00.000Z,acme,north,o1,r1,bulk,2,5000000,9000000",
    "2026-11-29T22:00:00.000Z,acme,north,o1,r2,bulk,2,1000,1000",
    "2026-11-29T22:00:00.000Z,-,north,o1,r1,bulk,2,3000,3000",
    "2026-11-29T22:00:00.000Z,-,north,o1,-,-,4,500,500",
  ]);
  agent.answer = { node: "o1", usage: [{ ...ACME, relays: [{ ...row('=1+1,"\r\n', 1) }] }], left: 0, next: null };
  expect((await usage("--csv")).out.split("\r\n")[1]).toBe("2026-11-29T22:00:00.000Z,acme,north,o1,11,bulk,2,1,1");
});

test("an organization and hours are asked for, and what is no answer fails", async () => {
  agent.answer = { node: "c1\u001b[31m", usage: [], left: 0, next: null };
  const run = await usage("acme", "--from", "2026-11-01T00:00:00Z", "--to", "2026-11-30T00:00:00Z");
  expect(agent.asked).toBe(
    `/usage?${new URLSearchParams({ organization: "acme", from: "2026-11-01T00:00:00Z", to: "2026-11-30T00:00:00Z" }).toString()}`,
  );
  expect(run.out).toBe(String.raw`node c1\u{1b}[31m holds no usage of that: observers tell it to nodes that read mail`);
  agent.answer = { node: "c1", usage: [{ ...ACME, relays: "many" }], next: null };
  expect(await usage()).toMatchObject({ code: 3, err: expect.stringContaining("ERR_ADMIN_ANSWER") });
  // An agent that tells the same page for ever is read once more, and no longer.
  agent.answer = { node: "o1", usage: [ACME], left: 1, next: "0000495166/acme/o1" };
  expect((await usage()).out).toContain("more is held");
});
