/*
 *   a ───── b ───── c ───── d        a canary goes from a to d, another one comes back
 *
 *   All sockets of both processes of b and c are captured from their first moment (FlorIO among them), and all wires. What
 *   The workload's words, its principal and its service must be nowhere there. The same method must find them on a.
 */
import { randomBytes } from "node:crypto";
import { appendFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Lab, type ProcessName, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { captureWires, countLines, readSockets, tracedVertex } from "../src/capture.ts";
import { clusterCounts } from "../src/counted.ts";
import { areInstalled } from "../src/installed.ts";
import { isRoot } from "../src/root.ts";

const up = randomBytes(32);
const down = randomBytes(32);
const TIMES = 2_000;
const between = ["b", "c"] as const;
const processes: readonly ProcessName[] = ["link-flor", "cluster-flor"];

/** The secrets that no node in between may see. Each canary is looked for in quarters, since a packet may end within it. */
const secrets: readonly { readonly name: string; readonly bytes: string | Uint8Array }[] = [
  ...[up, down].flatMap((canary, index) =>
    [0, 8, 16, 24].map((at) => ({
      name: `bytes ${at} to ${at + 7} of the ${index === 0 ? "request's" : "answer's"} canary`,
      bytes: canary.subarray(at, at + 8),
    })),
  ),
  { name: "the user's name", bytes: "alice" },
  { name: "the service's name", bytes: "ledger" },
];

const isReady = isRoot && areInstalled("leak-in-between", "strace", "tcpdump");

describe.skipIf(!isReady)("nothing leaks in between", () => {
  let lab: Lab;
  let folder: string;
  /** For each node in between and each of its processes, all calls that touched a socket. */
  const sockets = new Map<string, readonly string[]>();
  const wires = new Map<string, Buffer>();
  let socketsOfA: readonly string[];
  let loopbackOfA: Buffer;
  let connectionId: Buffer;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "flor-leak-"));
    const traces = join(folder, "traces");
    await mkdir(traces);
    lab = await openLab(
      {
        cluster: "leak",
        nodes: { a: {}, b: {}, c: {}, d: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
        services: { ledger: { node: "d", target: "tcp://127.0.0.1:8080", allow: ["user/alice"] } },
        tunnels: [
          {
            node: "a",
            listen: "tcp://127.0.0.1:18001",
            as: "user/alice",
            service: "ledger",
            // A path of one size has one connection, which has carried all canaries.
            path: { hops: ["a", "b", "c", "d"], mtu: 1_280 },
          },
        ],
      },
      {
        mode: "netns",
        linkVertex: tracedVertex("link-flor", between, traces),
        clusterVertex: tracedVertex("cluster-flor", ["a", ...between], traces),
      },
    );
    // More processes see the packets where link-flor does not forward by itself.
    for (const node of between) appendFileSync(lab.configFile(node, "cluster-flor"), "\ntransit-offload: false\n");
    const captures = new Map<string, () => Promise<Buffer>>();
    for (const node of between) captures.set(node, await captureWires(lab, node, join(folder, `${node}.pcap`)));
    const captureOfA = await captureWires(lab, "a", join(folder, "a.pcap"), "lo");
    await lab.up({ timeoutMs: 60_000 });

    await converse(lab);
    connectionId = Buffer.from((await clusterCounts(lab, "a")).connections[0]!.id, "hex");

    for (const [node, end] of captures) wires.set(node, await end());
    loopbackOfA = await captureOfA();
    // The trace of a process is whole when the process has ended.
    for (const node of ["a", ...between]) for (const name of processes) await lab.kill(node, name, "SIGTERM");
    socketsOfA = await readSockets(traces, "a", "cluster-flor");
    for (const node of between) {
      for (const name of processes) sockets.set(`${name} of ${node}`, await readSockets(traces, node, name));
    }
  });

  afterAll(async () => {
    await lab?.down();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  test("the capture of a's tunnel finds the canaries, and that of a's admin socket the names", () => {
    for (const { name, bytes } of secrets) expect(countLines(socketsOfA, bytes), name).toBeGreaterThan(0);
    for (const canary of [up, down]) expect(loopbackOfA.includes(canary)).toBe(true);
  });

  test("the captures in between hold the packets that carried them", () => {
    for (const [place, lines] of sockets) {
      // The header of mesh packets can be read there, and so can the ConnectionId.
      expect(countLines(lines, connectionId), `ConnectionIds in the sockets of ${place}`).toBeGreaterThan(3);
    }
    for (const [node, bytes] of wires) {
      expect(bytes.length, `bytes on the wires of ${node}`).toBeGreaterThan(2 * 2 * TIMES * up.length);
      expect(bytes.includes(connectionId), `on the wires of ${node} even the ConnectionId is sealed`).toBe(false);
    }
  });

  test.each(secrets)("$name: in no socket of b and c", ({ bytes }) => {
    const found = [...sockets].map(([place, lines]) => [place, countLines(lines, bytes)]);
    expect(found).toEqual([...sockets.keys()].map((place) => [place, 0]));
    expect(found).toHaveLength(4);
  });

  test.each(secrets)("$name: on no wire", ({ bytes }) => {
    const found = [...wires].map(([node, captured]) => [node, captured.includes(Buffer.from(bytes as string))]);
    expect(found).toEqual(between.map((node) => [node, false]));
  });

  test("b and c have the names neither in their configs nor in their logs", async () => {
    for (const node of between) {
      for (const name of processes) {
        const texts = [await lab.logs(node, name), await readFile(lab.configFile(node, name), "utf8")];
        for (const text of texts) expect(text).not.toMatch(/alice|ledger/);
      }
    }
  });
});

async function converse(lab: Lab): Promise<void> {
  const program = fileURLToPath(new URL("../src/canary-peer.ts", import.meta.url));
  const words = [up.toString("hex"), down.toString("hex")];
  const service = lab.spawn("d", [process.execPath, program, "serve", "8080", words[1]!, words[0]!]);
  await once(service.stdout!, "data");
  const call = [process.execPath, program, "call", "18001", words[0]!, words[1]!];
  const { stdout, stderr } = await lab.exec("a", call, { timeoutMs: 60_000 });
  expect({ stdout, stderr }).toEqual({ stdout: `${TIMES}\n`, stderr: "" });
}
