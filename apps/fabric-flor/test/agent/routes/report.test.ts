import { bodyOf, readFact, type ReportBody } from "@florenetes/facts";
import { describe, expect, test } from "vitest";
import { REPORT_PAYLOAD_MAX } from "../../../src/agent/limits.ts";
import { reportOf, writeReport } from "../../../src/agent/routes/report.ts";
import { newKey } from "../../demo-records.ts";
import { viewOf } from "../views.ts";

const slot = { cluster: "demo", node: "a", epoch: 1, issued: 1_800_000_000_000, key: newKey("a") };
const NAME = "n".repeat(60);
const numbered = <Item>(count: number, make: (at: number) => Item): Item[] =>
  Array.from({ length: count }, (_, at) => make(at));
const classes = ["reliable"] as const;

function body(changes: Partial<ReportBody>): ReportBody {
  return {
    links: [],
    load: { cpu: 0, memory: 0, sockets: 0 },
    metered: false,
    nat: "unknown",
    endpoints: [],
    carried: [],
    routes: [],
    uses: [],
    versions: [],
    ...changes,
  };
}

const links: ReportBody["links"] = numbered(128, (at) => ({
  label: 1_000 + at,
  peer: `${NAME}${at}`,
  figures: [1_000, 0, 0, 1_000_000, 0, 1_400, 0],
}));
const uses: ReportBody["uses"] = numbered(64, (at) => ({
  service: `${NAME}${at}`,
  scope: "cluster",
  host: `${NAME}${at}`,
  classes,
  rate: 100_000,
}));
const routes: ReportBody["routes"] = numbered(64, (at) => ({
  lease: at.toString(16).padStart(64, "0"),
  coordinator: "k",
  route: 0,
  measured: numbered(4, () => [1_000, 0] as const),
}));

/** The body of a report as its reader gets it. */
function written(changes: Partial<ReportBody>): ReportBody {
  const octets = writeReport(body(changes), slot);
  expect(octets.length).toBeLessThanOrEqual(REPORT_PAYLOAD_MAX + 200);
  const fact = readFact(octets, "demo");
  if (typeof fact === "string") throw new Error(fact);
  return bodyOf(fact, "report")!;
}

describe("a report that is too large", () => {
  test("leaves out links, the last ones first", () => {
    const left = written({ links }).links;
    expect(left.length).toBeGreaterThanOrEqual(48);
    expect(left).toEqual(links.slice(0, left.length));
  });

  test("leaves out bytes by permits first, which are for people alone, beyond 4,096 octets", () => {
    const carried: ReportBody["carried"] = numbered(16, (at) => ({
      permit: at.toString(16).padStart(64, "0"),
      bytes: [1_000_000, 0, 0, 1_000_000_000, 0],
    }));
    expect(written({ carried }).carried).toHaveLength(16);
    const beside = { carried, links: links.slice(0, 20) };
    const few = written(beside);
    expect([few.carried.length > 0, few.carried.length < 16, few.links.length]).toEqual([true, true, 20]);
    expect(few.carried).toEqual(carried.slice(0, few.carried.length));
    expect(writeReport(body(beside), slot).length).toBeLessThanOrEqual(4_096 + 200);
    const some = written({ carried, links: links.slice(0, 48) });
    expect([some.carried, some.links.length]).toEqual([[], 48]);
  });

  test("of 44 links with names of 12 characters has 4,096 octets, and of 128 has room for all", () => {
    const named = links.map((link, at) => ({
      ...link,
      peer: `branch-${String(at).padStart(5, "0")}`,
      figures: [21_345, 1_280, 120, 1_000_000, 1, 1_350, 1] as const,
    }));
    expect(writeReport(body({ links: named.slice(0, 44) }), slot).length).toBeLessThanOrEqual(4_096);
    expect(written({ links: named }).links).toHaveLength(128);
  });

  test("leaves out what was measured before routes in use, and these before uses", () => {
    const small = written({ routes, uses: uses.slice(0, 29) });
    expect([small.routes.length, small.uses.length, small.routes[0]?.measured]).toEqual([64, 29, []]);
    const large = written({ links, routes, uses });
    expect([large.links.length, large.routes.length, large.routes.some(({ measured }) => measured.length > 0)]).toEqual(
      [0, expect.any(Number), false],
    );
    expect(large.uses).toEqual(uses.slice(0, large.uses.length));
    expect(large.uses.length).toBeGreaterThan(30);
  });
});

test("bytes of a permit are those of all its shares, in both directions", () => {
  const permit = "ab".repeat(32);
  const row = {
    from: "b",
    to: "c",
    permits: [permit],
    rate: 1,
    classes: { bulk: { packets: 1, bytes: 5, denied: 0 } },
  };
  const rows = [
    { ...row, share: 0 },
    { ...row, share: 7 },
    { ...row, share: 7, from: "c", to: "b" },
    { ...row, share: 9, permits: ["cd".repeat(32)] },
  ];
  const grounds = {
    view: viewOf({ transit: rows }),
    offer: undefined,
    load: { cpu: 0, memory: 0, sockets: 0 },
    facts: { price: 0, metered: false, nat: "unknown" as const },
    providerOf: () => undefined,
    uses: [],
    routes: [],
    versions: [],
  };
  expect(reportOf(grounds).carried).toEqual([
    { permit, bytes: [0, 0, 0, 15, 0] },
    { permit: "cd".repeat(32), bytes: [0, 0, 0, 5, 0] },
  ]);
});
