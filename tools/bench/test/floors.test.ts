import { describe, expect, it } from "vitest";
import { cpuFloor, FLOOR_SUBJECTS } from "../src/floors/cpu-floor.ts";
import { relaysOn } from "../src/floors/floor-systems.ts";
import { PACKETS } from "../src/micro/subjects/engine.ts";
import { SUBJECTS } from "../src/micro/subjects.ts";
import { FLOOR_PLACE } from "../src/place.ts";
import { renderRun } from "../src/report.ts";
import { resultOf, runOf } from "./results.ts";

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

describe("the CPU floors", () => {
  /** Costs in nanoseconds: 5,000 for a datagram, 4,000 for 1,000 bytes of a stream, and so on. */
  const costs = { "engine: datagrams": 5_000, "engine: a stream": 4_000, FlorIO: 1_000, UDP: 3_000, TCP: 500 };
  const costOf = (subject: string): number => Object.entries(costs).find(([word]) => subject.includes(word))![1];
  const [large, small] = [PACKETS.large, PACKETS.small].map(
    (sizes) => cpuFloor(sizes, costOf).figures["CPU s per GB, 1"]![0],
  );

  it("are sums of their steps, as often as a byte meets them", () => {
    const perPacket = 3 * 5_000 + 6 * 1_000 + 3 * 3_000;
    expect(small).toBeCloseTo(perPacket / (1256 - 32) + 4 + 0.5, 9);
  });

  it("count a link's steps for each piece, and FlorIO's for the whole", () => {
    const perPacket = 13 * 3 * (5_000 + 3_000) + 6 * 1_000;
    expect(large).toBeCloseTo(perPacket / (16_000 - 32) + 4 + 0.5, 9);
  });

  it("are taken from subjects that there are", () => {
    const names = SUBJECTS.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...FLOOR_SUBJECTS]));
  });
});

describe("the table of floors", () => {
  const row = resultOf("floor-row", { "round trip, p50": [400], "round trip, p99": [500] }, FLOOR_PLACE);

  it("has a row for each, with what failed below", () => {
    const text = renderRun(runOf(row, { ...resultOf("sums", {}, FLOOR_PLACE), problems: ["no ground"] }));
    expect(text).toContain("| floor-row | – / – | 400 / 500 | – / – |");
    expect(text).toContain("- sums: not measured: no ground");
  });
});
