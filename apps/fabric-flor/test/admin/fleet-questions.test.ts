import { bodyOf, type Fact, KINDS, readFact, signPayload, writePayload } from "@florenetes/facts";
import { Fleet, observationOf } from "@florenetes/telemetry";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { fleetQuestions } from "../../src/admin/fleet-questions.ts";
import type { Agent } from "../../src/agent/agent.ts";
import { ObservationShelf } from "../../src/agent/telemetry/observation-shelf.ts";
import type { Moment } from "../../src/agent/moment.ts";
import { newKey } from "../demo-records.ts";

const NOON = Date.parse("2026-11-29T12:00:00.000Z");
const MINUTE = 60_000;
const key = newKey("o");

const REPORT = {
  links: [],
  load: { cpu: 12, memory: 40, sockets: 1 },
  metered: false,
  nat: "none",
  endpoints: [],
  carried: [],
  routes: [],
  uses: [],
  versions: [],
} as const;

function sign(kind: "observation" | "report", scope: string, subject: string, body: object): Uint8Array {
  const issuer = subject.split("/").at(-1)!;
  const authority = kind === "report" ? "node" : "observer";
  const times = { epoch: 1, generation: 0, issued: NOON, expires: NOON + KINDS.observation.life };
  return signPayload(
    writePayload({ cluster: "demo", kind, scope, subject, authority, issuer, ...times, body: { ...body } }),
    [key],
  );
}

/** A fleet of so many nodes without links. */
function fleetOf(nodes: number): Fleet {
  const fleet = new Fleet({ contracts: () => [] });
  for (let at = 0; at < nodes; at++) {
    const octets = sign("report", "cluster", `n${at}`, REPORT);
    const report = { epoch: 1, expires: NOON + 10 * MINUTE, body: REPORT, octets, takenAt: NOON };
    fleet.takeReport(`n${at}`, report, { organization: "acme", roles: ["relay"], isPhone: false }, NOON);
  }
  return fleet;
}

class Reader {
  readonly shelf = new ObservationShelf();
  readonly fleet = fleetOf(3);
  wall = NOON;

  put(partition: string, scope: string, observer: string, heard: number): void {
    const body = observationOf(fleetOf(heard).sum([], NOON).get("")!, NOON - MINUTE);
    const octets = sign("observation", scope, `${partition}/${observer}`, body);
    this.take(octets);
  }

  take(octets: Uint8Array): void {
    const fact = readFact(octets, "demo") as Fact;
    this.shelf.take(fact, bodyOf(fact, "observation")!, octets.length, this.wall);
  }

  ask(route: "/fleet" | "/fleet/samples", query: Readonly<Record<string, string>> = {}): Record<string, unknown> {
    const heldAt = ({ wall }: Moment) => ({ held: this.shelf.all(wall), time: wall });
    const telemetry = { heldAt, observer: { fleet: this.fleet } };
    const agent = { telemetry, node: "r" } as unknown as Agent;
    const routes = fleetQuestions(agent, "demo", () => ({ now: 0, wall: this.wall }));
    return routes[route]!(new URLSearchParams(query)) as Record<string, unknown>;
  }

  /** Partition, organization, voice, and nodes heard. */
  rows(query: Readonly<Record<string, string>> = {}): unknown {
    interface Row {
      readonly partition: string;
      readonly organization: string | null;
      readonly by: string;
      readonly all: { readonly nodes: Readonly<Record<string, number>> };
    }
    return (this.ask("/fleet", query)["fleet"] as readonly Row[]).map(
      ({ partition, organization, by, all }) => `${partition} ${organization} ${by} ${all.nodes["heard"]}`,
    );
  }
}

describe("the fleet that a node was told", () => {
  test("is told by partition and organization, in the words of the observer that hears most", () => {
    const reader = new Reader();
    reader.put("south", "cluster", "o3", 1);
    reader.put("north", "org/acme", "o1", 2);
    reader.put("north", "cluster", "o1", 2);
    reader.put("north", "cluster", "o2", 4);
    expect(reader.rows()).toEqual(["north null o2 4", "north acme o1 2", "south null o3 1"]);
    expect(reader.rows({ organization: "acme" })).toEqual(["north acme o1 2"]);
    expect(reader.rows({ after: "north/" })).toEqual(["north acme o1 2", "south null o3 1"]);
    expect(reader.ask("/fleet")).toMatchObject({
      node: "r",
      left: 0,
      next: null,
      fleet: [
        {
          observers: [
            { observer: "o1", heard: 2, since: "2026-11-29T11:59:00.000Z" },
            { observer: "o2", heard: 4 },
          ],
          all: { findings: { "no-link": 4 }, measures: { cpu: { count: 4, sum: 48 } } },
          roles: { relay: { nodes: { heard: 4 } } },
        },
        {},
        {},
      ],
    });
  });

  test("is not told by an observer that has said nothing for long, while there is another one", () => {
    const reader = new Reader();
    reader.put("north", "cluster", "o1", 4);
    reader.wall += 3 * MINUTE;
    expect(reader.rows()).toEqual(["north null o1 4"]);
    reader.put("north", "cluster", "o2", 3);
    expect(reader.rows()).toEqual(["north null o2 3"]);
    reader.wall += 5 * MINUTE;
    expect(reader.rows()).toEqual([]);
  });

  test("is told in times and numbers that readers take, whatever an observer says", () => {
    const most = Number.MAX_SAFE_INTEGER;
    const nodes = [most, most, most, most, most] as const;
    const reader = new Reader();
    const last = Array.from({ length: 9 }, (_, place) => (place === 0 ? most : 0));
    const all = { of: "all", role: "", nodes, findings: [["loss", most]], measures: [["round-trip", most, last]] };
    const body = { since: most, cells: [all], versions: [["0.2.0", most]], otherVersions: most };
    reader.take(sign("observation", "cluster", "north/o", body));
    const time = z.iso.datetime();
    const measure = z.object({ count: z.int(), sum: z.int(), buckets: z.array(z.int()) });
    const tally = z.object({ nodes: z.record(z.string(), z.int()), measures: z.record(z.string(), measure) });
    const observers = z.array(z.object({ at: time, since: time, heard: z.int() })).length(1);
    const form = z.array(z.object({ observers, all: tally, otherVersions: z.int() })).length(1);
    expect(form.parse(reader.ask("/fleet")["fleet"])[0]).toMatchObject({
      observers: [{ since: "9999-12-31T23:59:59.999Z", heard: most }],
      all: { measures: { "round-trip": { count: most } } },
    });
  });

  test("has whole reports at an observer", () => {
    const reader = new Reader();
    const { samples } = reader.ask("/fleet/samples", { after: "n1" }) as { readonly samples: readonly unknown[] };
    expect(samples).toEqual([{ node: "n2", findings: ["no-link"], at: "2026-11-29T12:00:00.000Z", report: REPORT }]);
  });

  test.each([
    ["/fleet", "north"],
    ["/fleet", "a/b/c"],
    ["/fleet/samples", "a/b"],
  ] as const)("%s is refused behind %s, which no page ends with", (route, after) => {
    expect(() => new Reader().ask(route, { after })).toThrow(expect.objectContaining({ code: "ERR_FABRIC_AFTER" }));
  });
});
