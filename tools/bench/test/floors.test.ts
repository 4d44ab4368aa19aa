import { describe, expect, it } from "vitest";
import { cpuFloor, PACKETS, totalOf } from "../src/floors/cpu-floor.ts";
import { renderFloors } from "../src/floors/floor-table.ts";
import { relaysOn } from "../src/floors/floor-systems.ts";
import { readOpensslSpeed } from "../src/floors/step-costs.ts";
import { emptyResult } from "../src/plan.ts";

describe("eight processes in a row", () => {
  it("are each passed once: every socket's partner is the next one's", () => {
    const nodes = ["a", "b", "c", "d"] as const;
    const line = {
      nodes,
      address: (node: string) => `${node}.left`,
      addressAfter: (node: string) => `${node}.right`,
    };
    const sockets = nodes.flatMap((node) => relaysOn(line, node, "/floor")).flat();
    const kinds = ["listen", "unix", "unix", "udp", "udp", "unix", "unix", "udp"];
    expect(sockets.map(({ kind }) => kind)).toEqual([...kinds, ...kinds.slice(1).toReversed(), "connect"]);
    for (let at = 1; at < sockets.length - 1; at += 2) {
      const [one, other] = [sockets[at]!, sockets[at + 1]!];
      if (one.kind === "unix") expect(other).toEqual({ kind: "unix", bind: one.connect, connect: one.bind });
      if (one.kind === "udp") expect(other).toEqual({ kind: "udp", host: one.peer, port: one.port, peer: one.host });
    }
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
  const none = { row: null, proxies: null, cpu: null, problems: [] };

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
