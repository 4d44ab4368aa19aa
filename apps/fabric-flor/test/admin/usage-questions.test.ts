import { KINDS, readFact, signPayload, writePayload, type Fact } from "@florenetes/facts";
import { describe, expect, test } from "vitest";
import { usageQuestions } from "../../src/admin/usage-questions.ts";
import type { Agent } from "../../src/agent/agent.ts";
import { UsageShelf } from "../../src/agent/usage/usage-shelf.ts";
import { bodyOf } from "@florenetes/facts";
import { newKey } from "../demo-records.ts";

const HOUR = 3_600_000;
const START = Date.parse("2026-11-29T00:00:00.000Z");
const key = newKey("o");
const shelf = new UsageShelf();

function put(hours: number, organization: string, relay = "r"): Fact {
  const scope = organization === "" ? "cluster" : `org/${organization}`;
  const slot = { kind: "usage", scope, subject: `${START / HOUR + hours}/o`, authority: "observer", issuer: "o" };
  const times = { epoch: 1, generation: 0, issued: START, expires: START + KINDS.usage.life };
  const body = { partition: "north", receipts: 3, missing: 1, relays: [[relay, 3, 2, 900, 1_000]], rest: [1, 2, 3] };
  const octets = signPayload(writePayload({ cluster: "demo", ...slot, ...times, body }), [key]);
  const fact = readFact(octets, "demo") as Fact;
  shelf.take(fact, octets);
  return fact;
}

function ask(query: Readonly<Record<string, string>> = {}): {
  readonly usage: readonly { readonly organization: string | null; readonly hour: string }[];
  readonly left: number;
  readonly next: string | null;
} {
  const read = (octets: Uint8Array) => bodyOf(readFact(octets, "demo") as Fact, "usage");
  const agent = { usage: { shelf, read } } as unknown as Agent;
  return usageQuestions(agent, "b")["/usage"]!(new URLSearchParams(query)) as ReturnType<typeof ask>;
}

const first = put(0, "acme");
for (let hour = 0; hour < 600; hour++) put(hour, "");
put(3, "other");

describe("usage that a node holds", () => {
  test("is told by hour, organization and observer, as its record has it", () => {
    const { usage } = ask({ to: "2026-11-29T00:59:59Z" });
    expect(usage).toEqual([
      expect.objectContaining({ organization: null, hour: "2026-11-29T00:00:00.000Z" }),
      {
        organization: "acme",
        hour: "2026-11-29T00:00:00.000Z",
        observer: "o",
        partition: "north",
        record: first.id,
        receipts: 3,
        missing: 1,
        relays: [{ relay: "r", class: "bulk", packets: 2, bytes: 900, claimed: 1_000 }],
        rest: { relays: 1, packets: 2, bytes: 3 },
      },
    ]);
  });

  test("is told of some hours, and of one organization", () => {
    const names = ask({ from: "2026-11-29T02:30:00Z", to: "2026-11-29T03:00:00Z" }).usage;
    expect(names.map(({ hour, organization }) => `${hour.slice(11, 13)} ${organization}`)).toEqual([
      "02 null",
      "03 null",
      "03 other",
    ]);
    expect(ask({ organization: "other" }).usage).toHaveLength(1);
    expect(ask({ organization: "nobody" })).toEqual({ node: "b", usage: [], left: 0, next: null });
  });

  test("comes in pages, of which none misses or repeats anything", () => {
    const one = ask();
    expect([one.usage.length, one.left]).toEqual([500, 102]);
    const two = ask({ after: one.next! });
    expect([two.usage.length, two.left, two.next]).toEqual([102, 0, null]);
    const all = [...one.usage, ...two.usage].map(({ hour, organization }) => `${hour} ${organization}`);
    expect(new Set(all).size).toBe(602);
  });

  test.each([
    ["an after that is no answer's", { after: "x" }, "ERR_FABRIC_AFTER"],
    ["a from that is no time", { from: "yesterday" }, "ERR_FABRIC_TIME"],
    ["a to that is no time", { to: "" }, "ERR_FABRIC_TIME"],
  ])("is not told of %s", (_, query, code) => {
    expect(() => ask(query)).toThrow(expect.objectContaining({ code }));
  });
});
