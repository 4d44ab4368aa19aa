import { SectionWriter, type Trend } from "@florenetes/console";
import { describe, expect, test } from "vitest";
import { FabricLoads } from "../../src/console/fabric-loads.ts";
import { LINES_MAX } from "../../src/console/limits.ts";
import { CONSOLE_TABLES, loadedPicture } from "../../src/console/load-tables.ts";
import { Sight } from "../../src/fabric/sight.ts";
import type { ToldLease, ToldReport } from "../../src/fabric/told.ts";
import { AS_OF, type Fabric, FABRIC, leaseOf, reportOf, viewOf, WALL } from "../a-fabric.ts";

const MINUTE_MS = 60_000;
const LINK = { peer: "b", tag: "0", roundTripMs: 12.34, loss: 0.015, queue: 0.5 };

type Cells = Readonly<Record<string, string | Trend>>;
type Organizations = ConstructorParameters<typeof Sight>[1];

/** A replica that is told of a fabric again and again. */
class Told {
  readonly loads = new FabricLoads();
  now = 0;
  fabric: Fabric = FABRIC;

  /** The next look, a minute later, finds these reports, which were made just then. */
  look(reports: readonly Partial<ToldReport>[], leases: readonly ToldLease[] = FABRIC.leases!): this {
    this.now += MINUTE_MS;
    const told = reports.map((report) => ({ ...reportOf("a"), ageMs: 0, ...report }));
    this.fabric = { ...FABRIC, leases, reports: told, wall: WALL + this.now };
    this.loads.handleView(viewOf(this.fabric), this.now);
    return this;
  }

  table(title: string, sees: Organizations = "all"): readonly Cells[] {
    const picture = loadedPicture(new Sight(viewOf(this.fabric), sees), AS_OF, this.loads, this.now);
    expect(picture.tables).toHaveLength(CONSOLE_TABLES);
    new SectionWriter().write(picture);
    const { header, rows } = picture.tables.find((table) => table.title.startsWith(title))!;
    return rows.map((row) => Object.fromEntries(row.map((cell, at) => [header[at]!, cell])));
  }
}

const knownOf = (cell: string | Trend | undefined): readonly number[] =>
  typeof cell === "object" ? cell.values.filter((value) => value !== null) : [];

describe("the load of nodes", () => {
  test("is what they report, each figure with its last ten minutes; what is carried is a rate of two reports", () => {
    const told = new Told().look([{ carried: 1_000 }]);
    expect(told.table("load of nodes")[0]).toMatchObject({ STATE: "reported", "CARRIED FOR OTHERS": "-", REASON: "" });
    const [row] = told.look([{ load: { cpu: 50, memory: 1, sockets: 2 }, carried: 751_000 }]).table("load of nodes");
    expect(row).toMatchObject({ CPU: { text: "50 %", label: "from 7 % to 50 % in ten minutes" } });
    expect(knownOf(row!["CPU"])).toEqual([7, 50]);
    expect(knownOf(row!["CARRIED FOR OTHERS"])).toEqual([100_000]);
    // Permits that end take their octets along.
    expect(told.look([{ carried: 0 }]).table("load of nodes")[0]).toMatchObject({ "CARRIED FOR OTHERS": "-" });
  });

  test("goes on as it was reported until the next report", () => {
    const told = new Told().look([{}]);
    told.loads.handleView(
      viewOf({ ...told.fabric, reports: [reportOf("a", { ageMs: 10_000 })], wall: WALL + 70_000 }),
      70_000,
    );
    told.now = 70_000;
    expect(knownOf(told.table("load of nodes")[0]!["CPU"])).toEqual([7, 7]);
  });

  test("of a node that has not reported is UNKNOWN, with the reason, and so is that of all where none come", () => {
    const [, b] = new Told().look([{}]).table("load of nodes");
    expect(b).toMatchObject({
      STATE: "UNKNOWN",
      CPU: "",
      REASON: expect.stringContaining("no report of it has come to c"),
    });
    const none = new Told().look([]).table("load of nodes");
    expect(none.map(({ REASON }) => REASON)).toEqual(Array(3).fill(expect.stringContaining("no reports come to c")));
  });

  test("is shown of one's own organization alone", () => {
    const told = new Told().look([{}, { node: "z" }, { node: "b" }]);
    const states = (sees: Organizations): unknown =>
      told.table("load of nodes", sees).map(({ NODE, STATE }) => [NODE, STATE]);
    expect(states(new Set(["zenith"]))).toEqual([
      ["b", "UNKNOWN"],
      ["z", "reported"],
    ]);
    expect(told.look([{ links: [LINK] }]).table("load of links", new Set(["zenith"]))).toEqual([]);
  });
});

test("the load of links is that of each end, with its last ten minutes", () => {
  const told = new Told().look([
    {
      links: [
        { ...LINK, roundTripMs: 1 },
        { ...LINK, tag: "1" },
      ],
    },
  ]);
  const [row, other] = told.look([{ links: [LINK, { ...LINK, tag: "1" }] }]).table("load of links");
  expect(row).toMatchObject({ NODE: "a", LINK: "b", LOSS: { text: "1.5 %" }, QUEUE: { text: "50.0 %" } });
  expect(knownOf(row!["ROUND TRIP"])).toEqual([1, 12.34]);
  expect(other).toMatchObject({ LINK: "b, 1" });
});

describe("the load of routes", () => {
  const lease = leaseOf("a", "web", "b");
  const routes = [{ lease: lease.id!, measured: [{ roundTripMs: 3, loss: 0 }] }];

  test("is what their origins have measured, by the lease that they have reported", () => {
    const told = new Told().look([{ routes }]);
    const [row] = told.table("load of routes");
    expect(row).toMatchObject({ FROM: "a", STATE: "reported", OVER: "r > b", "ROUND TRIP": { text: "3.0 ms" } });
    // The lease was renewed, and the next report, which names it, comes later.
    told.loads.handleView(viewOf({ ...told.fabric, leases: [{ ...lease, id: "next" }] }), told.now);
    expect(told.table("load of routes")[0]).toMatchObject({ STATE: "reported" });
    const [later] = told.look([{ routes }], [{ ...lease, id: "next" }]).table("load of routes");
    expect(later).toMatchObject({ STATE: "UNKNOWN", REASON: "its origin has reported no figures of it" });
  });

  test("is UNKNOWN where the origin has not reported", () => {
    const [row] = new Told().look([{ node: "b" }]).table("load of routes");
    expect(row).toMatchObject({ STATE: "UNKNOWN", REASON: expect.stringContaining("no report of it has come to c") });
  });
});

test("lines are bounded, and go when nothing more is told of them", () => {
  const told = new Told();
  const many = Array.from({ length: LINES_MAX }, (_, at) => ({ node: `n${at}` }));
  told.look(many).look([...many, { node: "late" }]);
  expect([told.loads.nodeLine("n0", "cpu"), told.loads.nodeLine("late", "cpu")]).toEqual([
    expect.anything(),
    undefined,
  ]);
  for (let minute = 0; minute < 11; minute++) told.look([]);
  expect(told.loads.nodeLine("n0", "cpu")).toBeUndefined();
  expect(told.look([{ node: "late" }]).loads.nodeLine("late", "cpu")).toBeDefined();
});
