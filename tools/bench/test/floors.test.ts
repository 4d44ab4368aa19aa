import { describe, expect, it } from "vitest";
import { cpuFloor, PACKETS, totalOf } from "../src/floors/cpu-floor.ts";
import { renderFloors } from "../src/floors/floor-table.ts";
import { planMesh, planRow, type Relay, type RelayPlace } from "../src/floors/relay-plan.ts";
import { readOpensslSpeed } from "../src/floors/step-costs.ts";
import { emptyResult } from "../src/plan.ts";

const place: RelayPlace = {
  folder: "/floor",
  line: { address: (node) => `${node}.left`, addressAfter: (node) => `${node}.right` },
  listen: { host: "here", port: 1 },
  connect: { host: "there", port: 2 },
};

/** The sockets that a message leaves by, one after the other, until it is at the other end. */
function way(relays: readonly Relay[], from: "listen" | "connect"): string[] {
  const direction = from === "listen" ? "towardsD" : "towardsA";
  const socketOf = (at: number, name: string) => relays[at]!.sockets[name]!;
  const find = (matches: (socket: Relay["sockets"][string]) => boolean): { at: number; name: string } => {
    const found = relays.flatMap(({ sockets }, at) =>
      Object.keys(sockets)
        .filter((name) => matches(sockets[name]!))
        .map((name) => ({ at, name })),
    );
    expect(found).toHaveLength(1);
    return found[0]!;
  };
  const steps: string[] = [];
  for (let here = find(({ kind }) => kind === from); steps.length < 20;) {
    const out = socketOf(here.at, relays[here.at]![direction][here.name]!);
    steps.push(out.kind);
    if (out.kind === "listen" || out.kind === "connect") return steps;
    here = find((other) =>
      out.kind === "unix"
        ? other.kind === "unix" && other.bind === out.connect && other.connect === out.bind
        : other.kind === "udp" && other.host === out.peer && other.peer === out.host && other.port === out.port,
    );
  }
  throw new Error("the message does not arrive");
}

describe("eight processes in a row", () => {
  it("are each passed once, both ways", () => {
    const relays = planRow(place);
    expect(relays).toHaveLength(8);
    const sockets = ["unix", "udp", "unix", "udp", "unix", "udp", "unix"];
    expect(way(relays, "listen")).toEqual([...sockets, "connect"]);
    expect(way(relays, "connect")).toEqual([...sockets, "listen"]);
  });
});

describe("eight processes as in the mesh", () => {
  it("are passed with six times FlorIO and three times UDP, both ways", () => {
    const relays = planMesh(place);
    expect(relays).toHaveLength(8);
    const sockets = ["unix", "udp", "unix", "unix", "udp", "unix", "unix", "udp", "unix"];
    expect(way(relays, "listen")).toEqual([...sockets, "connect"]);
    expect(way(relays, "connect")).toEqual([...sockets, "listen"]);
  });
});

describe("the CPU floor", () => {
  const costs = { linkAes: 100, endAes: 90, linkEngine: 5_000, endEngine: 4_000, florio: 1_000, udp: 3_000, tcp: 500 };

  it("is the sum of its steps, as often as a byte meets them", () => {
    const perPacket = 3 * 5_000 + 6 * 1_000 + 3 * 3_000;
    expect(totalOf(cpuFloor(PACKETS.small, costs))).toBeCloseTo(perPacket / (1256 - 32) + 4 + 0.5, 9);
  });

  it("counts a link's steps for each piece, and FlorIO's for the whole", () => {
    const perPacket = 13 * 3 * (5_000 + 3_000) + 6 * 1_000;
    expect(totalOf(cpuFloor(PACKETS.large, costs))).toBeCloseTo(perPacket / (16_000 - 32) + 4 + 0.5, 9);
  });

  it("is the same where encryption cannot be told apart", () => {
    const parts = cpuFloor(PACKETS.small, { ...costs, linkAes: null, endAes: null });
    expect(totalOf(parts)).toBeCloseTo(totalOf(cpuFloor(PACKETS.small, costs)), 9);
    expect(parts[0]!.name).toBe("AES-128-GCM, QUIC and binding, link");
  });

  it("takes what a packet's encryption costs from openssl's words", () => {
    const output = "+R:1392145:AES-128-GCM:1.000000\n+H:1280\n+F:25:AES-128-GCM:1280000000.00\n";
    expect(readOpensslSpeed(output, 1280)).toBe(1000);
    expect(readOpensslSpeed("speed: unknown option", 1280)).toBeNull();
  });
});

describe("the table of floors", () => {
  const noise = { waitedMs: 0, busyCores: 0, loadAverage: 0, stolenCores: 0 };
  const trip = (p50Micros: number) => ({
    ...emptyResult("any"),
    roundTrip: [{ count: 1, p50Micros, p99Micros: 2 * p50Micros, noise }],
  });
  const none = { row: null, relays: null, proxies: null, cpu: null, problems: [] };

  it("says how far above its floor the mesh is", () => {
    const text = renderFloors({ ...none, row: trip(400) }, trip(600));
    expect(text).toContain("| round trip, p50, µs: eight processes in a row | 400 | 600 | 1.50 |");
    expect(text).not.toContain("connections/s");
  });

  it("shows a floor alone where the mesh was not measured, and what failed", () => {
    const text = renderFloors({ ...none, row: trip(400), problems: ["no ground"] }, undefined);
    expect(text).toContain("in a row | 400 | – | – |");
    expect(text).toContain("- Not measured: no ground");
  });
});
