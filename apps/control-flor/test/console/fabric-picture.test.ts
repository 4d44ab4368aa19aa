import { SectionWriter } from "@florenetes/console";
import { describe, expect, test } from "vitest";
import type { AsOf } from "../../src/api/as-of.ts";
import { FABRIC_TABLES, fabricPicture, unknownPicture } from "../../src/console/fabric-picture.ts";
import { Sight } from "../../src/fabric/sight.ts";
import {
  announceRecord,
  AS_OF,
  type Fabric,
  FABRIC,
  leaseOf,
  nodeRecord,
  PHONE,
  recordOf,
  reportOf,
  serviceRecord,
  viewOf,
} from "../a-fabric.ts";

type FabricPicture = ReturnType<typeof fabricPicture>;

function pictureOf(fabric: Fabric, asOf: Partial<AsOf> = {}): FabricPicture {
  return fabricPicture(new Sight(viewOf(fabric), "all"), { ...AS_OF, ...asOf });
}

/** The rows of a table, by the heads of their columns, without cells in which nothing stands. */
function rowsOf(picture: FabricPicture, title: string): readonly Readonly<Record<string, string>>[] {
  const { header, rows } = picture.tables.find((table) => table.title === title)!;
  return rows.map((row) => {
    expect(row).toHaveLength(header.length);
    return Object.fromEntries(row.map((cell, at) => [header[at]!, cell] as const).filter(([, cell]) => cell !== ""));
  });
}

const WHOLE: Fabric = {
  records: {
    node: [nodeRecord("a"), nodeRecord("b")],
    announce: [announceRecord("a", { web: 0 }), announceRecord("b", { web: 40 })],
    service: [serviceRecord("web", ["a", "b"])],
  },
  leases: [leaseOf("a", "web", "b", { routes: [{ ...leaseOf("", "", "").routes[0]!, via: ["b"] }] })],
};

describe("the verdict", () => {
  test("is whole, with what there is and by whom it is told", () => {
    const { isWhole, verdict } = pictureOf(WHOLE);
    expect(isWhole).toBe(true);
    expect(verdict).toEqual(["whole: 2 nodes, 1 service, 1 route, told by the agent of c"]);
  });

  test("has each finding with what to do", () => {
    const { isWhole, verdict } = pictureOf({ ...WHOLE, records: { ...WHOLE.records, announce: [] } });
    expect(isWhole).toBe(false);
    expect(verdict).toEqual([
      expect.stringMatching(/^NOT WHOLE: 2 nodes/),
      expect.stringMatching(/^warning: 2 of 2 nodes have not announced themselves .*\. Does fabric-flor run there/),
      expect.stringMatching(/^fault: service web is served by no host: .*\. See `cluster-flor status`/),
    ]);
  });

  test("says before all else that it is STALE", () => {
    const { isWhole, verdict } = pictureOf(WHOLE, { isStale: true, why: "nobody answers" });
    expect(isWhole).toBe(false);
    expect(verdict).toEqual(["STALE: nobody answers. This is what was known last.", expect.stringMatching(/^whole: /)]);
  });

  test("is unknown while the agent has told nothing, in as many sections", () => {
    const unknown = unknownPicture(FABRIC_TABLES);
    expect(unknown).toMatchObject({
      isWhole: false,
      verdict: [expect.stringMatching(/^UNKNOWN: /), expect.anything()],
    });
    expect(unknown.tables).toHaveLength(FABRIC_TABLES);
    expect(pictureOf(WHOLE).tables).toHaveLength(FABRIC_TABLES);
    expect([...new SectionWriter().write(unknown).keys()]).toEqual([
      ...new SectionWriter().write(pictureOf(WHOLE)).keys(),
    ]);
  });
});

describe("cells", () => {
  test("of nodes: what each is, serves and reports, and what is not known is empty", () => {
    const links = [{ peer: "a", roundTripMs: 2, loss: 0, tag: "0", queue: 0 }];
    const report = reportOf("b", { links, profile: PHONE });
    expect(rowsOf(pictureOf({ ...FABRIC, reports: [report] }), "nodes")).toEqual([
      {
        NODE: "a",
        STATE: "announced",
        SERVES: "web (3 %)",
        CAN: "relay",
        PLACE: "acme/default, tier 1",
        "RECORD ENDS": "2026-11-28",
      },
      {
        NODE: "b",
        STATE: "announced",
        ROLES: "relay",
        SERVES: "web (100 %), db",
        CAN: "relay",
        DEVICE: "cellular, 40 %, metered, background",
        SOFTWARE: "1.2.3 (01234567)",
        CPU: "7 %",
        MEMORY: "20 %",
        LINKS: "1",
        PLACE: "acme/default, tier 1",
        "RECORD ENDS": "2026-11-28",
      },
      { NODE: "z", STATE: "SILENT", ROLES: "member", PLACE: "zenith/default, tier 1", "RECORD ENDS": "2026-11-28" },
    ]);
  });

  test.each([
    [["a", "b"], { a: 0, b: 7 }, "served", "a, b"],
    [["a", "b"], { a: 0, b: 100 }, "DEGRADED", "a, b (full)"],
    [["a", "x"], {}, "DOWN", "a (not-serving), x (no-record)"],
    [[], {}, "DOWN", undefined],
  ])("of a service of %j", (hosts, loads: Readonly<Record<string, number>>, state, shown) => {
    const announce = ["a", "b"].map((name) => announceRecord(name, name in loads ? { web: loads[name]! } : {}));
    const records = { node: [nodeRecord("a"), nodeRecord("b")], announce, service: [serviceRecord("web", hosts)] };
    const [row] = rowsOf(pictureOf({ records }), "services");
    expect(row).toMatchObject({ SERVICE: "web", STATE: state });
    expect(row!["HOSTS"]).toBe(shown);
    expect(row!["LEADER"]).toBeUndefined();
  });

  test("of a service with a leader, and with none", () => {
    const service = serviceRecord("web", ["a", "b"]);
    const led = { ...service, body: { ...service.body, mode: "leader" as const } };
    const leader = recordOf("web", { host: "b" }, { issuer: "c" });
    const shown = (leaders: readonly (typeof leader)[]): string | undefined =>
      rowsOf(pictureOf({ records: { ...WHOLE.records, service: [led], leader: leaders } }), "services")[0]!["LEADER"];
    expect(shown([leader])).toBe("b");
    expect(shown([])).toBe("nobody");
  });

  test("of routes: the primary, the others, and why some do not carry", () => {
    const [route] = leaseOf("a", "web", "b").routes as [ReturnType<typeof leaseOf>["routes"][number]];
    const leases = [
      leaseOf("a", "web", "b", { routes: [route, { ...route, via: ["q", "b"], state: "failed", failure: "no echo" }] }),
      leaseOf("a", "web", "c", { routes: [{ ...route, state: "failed", failure: "mtu" }] }),
      leaseOf("a", "web", "d", { routes: [], fault: "NO_RELAY", coordinator: null }),
    ];
    expect(rowsOf(pictureOf({ ...WHOLE, leases }), "routes")).toEqual([
      expect.objectContaining({
        AT: "b",
        STATE: "carried",
        OVER: "r > b",
        ALTERNATES: "q > b",
        REASON: "q > b: no echo",
      }),
      expect.objectContaining({ AT: "c", STATE: "FAILED", REASON: "r > b: mtu" }),
      { FROM: "a", STATE: "NONE", TO: "web", AT: "d", RATE: expect.any(String), REASON: "NO_RELAY" },
    ]);
  });

  test("of pools, switches and the log", () => {
    const log = {
      name: "l",
      store: { entries: 9, head: "00", isWhole: false },
      forks: [4, 5],
      checkpoint: { index: 7, epoch: 7, issued: "2026-11-28T11:00:00.000Z" },
      signers: ["b", "c"],
      isStale: false,
      differing: ["node"],
    };
    const switches = {
      failed: { count: 2, lastMs: 40, longestMs: 1_500 },
      never: { count: 0, lastMs: 0, longestMs: 0 },
    };
    const records = { ...WHOLE.records, service: [serviceRecord("vpn-egress.main", ["a"])] };
    const picture = pictureOf({ records, status: { log, switches } });
    expect(rowsOf(picture, "pools of a VPN")).toMatchObject([{ SERVICE: "vpn-egress.main" }]);
    expect(rowsOf(picture, "connections that went over to another route")).toEqual([
      { REASON: "failed", COUNT: "2", LAST: "40 ms", LONGEST: "1.5 s" },
    ]);
    expect(rowsOf(picture, "log")).toEqual([
      {
        LOG: "l",
        CHECKPOINT: "7",
        SIGNED: "2026-11-28T11:00:00.000Z",
        SIGNERS: "b, c",
        COPY: "9 entries, not whole",
        FORKS: "4, 5",
        DIFFERING: "node",
      },
    ]);
  });
});

describe("the map", () => {
  const links = (fabric: Fabric): readonly string[] => pictureOf(fabric).map.links.map(({ name }) => name);
  const both = [
    reportOf("a", { links: [{ peer: "b", roundTripMs: 1, loss: 0, tag: "0", queue: 0 }] }),
    reportOf("b", {
      links: ["a", "b", "gone"].map((peer) => ({ peer, roundTripMs: 1, loss: 0, tag: "0", queue: 0 })),
    }),
  ];

  test("has each link once that nodes report, and none to what is no node", () => {
    expect(links({ ...WHOLE, reports: both })).toEqual(["a – b"]);
  });

  test("has what routes go over where nothing is reported", () => {
    expect(links({ ...WHOLE, leases: [leaseOf("a", "web", "b")] })).toEqual([]);
    expect(links(WHOLE)).toEqual(["a – b"]);
  });
});

test.each([
  ["markup", "<img src=x onerror='alert(1)'>\""],
  ["an end of its place", '"></td></table><script>alert(1)</script>'],
  ["control characters", "a\0\u001B[31m\u0007\r\n\u2028b"],
  ["marks of direction", "\u202Egnp.exe\u2066\u200F"],
])("names with %s are text of the page", (_, evil) => {
  const log = {
    name: evil,
    store: null,
    forks: [],
    checkpoint: null,
    signers: [evil],
    isStale: false,
    differing: [evil],
  };
  const service = serviceRecord(evil, [evil], `org/${evil}`);
  const lease = leaseOf(evil, evil, evil, { fault: evil, coordinator: evil });
  const fabric: Fabric = {
    records: {
      node: [nodeRecord(evil, evil)],
      announce: [
        {
          ...announceRecord(evil, { [evil]: 1 }),
          body: { endpoints: [], services: [{ service: evil, load: 1 }], capabilities: [evil] },
        },
      ],
      role: [recordOf(`${evil}/${evil}/${evil}`, { services: [] })],
      service: [{ ...service, body: { ...service.body, classes: [evil] } }],
    },
    leases: [{ ...lease, routes: lease.routes.map((route) => ({ ...route, via: [evil], failure: evil })) }],
    reports: [reportOf(evil, { links: [{ peer: evil, roundTripMs: 1, loss: 0, tag: "0", queue: 0 }] })],
    status: { log, findings: [{ weight: "fault", text: evil, advice: evil }] },
  };
  const sections = [...new SectionWriter().write(pictureOf(fabric)).values()].map(({ text }) => text).join("");
  const tags = new Set([...sections.matchAll(/<\/?([a-z0-9]*)/g)].map(([, name]) => name));
  const own = [
    "h2",
    "p",
    "ul",
    "li",
    "svg",
    "line",
    "title",
    "g",
    "circle",
    "text",
    "div",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
  ];
  expect([...tags].filter((name) => !own.includes(name!))).toEqual([]);
  // Attributes are our own, and hold no end of themselves.
  const attributes = [...sections.matchAll(/<[a-z0-9]+((?: [a-zA-Z0-9-]+="[^"<>]*")*) ?\/?>/g)].length;
  expect(attributes).toBe([...sections.matchAll(/<[a-z0-9]/g)].length);
});
