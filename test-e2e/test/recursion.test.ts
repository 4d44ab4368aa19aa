/*
 *   upper     a ───── b ═══════════════════════ e ───── d      streams from a to d
 *   lower             b ───── c ───── d ───── e                a tunnel of datagrams from b to e: the middle link of the upper mesh
 *
 *   Five nodes and two meshes, each with its CA and its labels. On the wires of the lower one, which have 1,500 bytes, 2 % of all datagrams are
 *   lost in each direction.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { captureWires } from "../src/capture.ts";
import { fileDigest } from "../src/file-contents.ts";
import { areInstalled } from "../src/installed.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { downloadDigest, MEGABYTE, startFileServer } from "../src/services.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";
import { udpPayloads } from "../src/udp-payloads.ts";

const UPLINK_PORT = 7_001;
const UPPER_PORT = 4_434;
/** Services of the upper mesh on d, and the tunnels to them on a. */
const PORTS = { files: 8_080, steady: 8_081, ledger: 8_082 };
const TUNNEL_OFFSET = 10_000;

/** Whether the engine is the portable one: two meshes of it take long on two cores, so that sizes, a file and a restart are enough. */
const isPortable = process.env["FLORENETES_ENGINE"] === "portable";
const isReady = isRoot && areInstalled("recursion", "tcpdump");

describe.skipIf(!isReady)("a mesh whose middle link runs through a tunnel of another mesh", () => {
  let lower: Lab;
  let upper: Lab;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "flor-recursion-"));
    lower = await openLab(
      {
        cluster: "lower",
        nodes: { b: {}, c: {}, d: {}, e: {} },
        links: [{ between: ["b", "c"] }, { between: ["c", "d"] }, { between: ["d", "e"] }],
        services: {
          uplink: { node: "e", target: `udp://127.0.0.1:${UPPER_PORT}`, allow: ["service/link-of-b"] },
        },
        tunnels: [
          {
            node: "b",
            listen: `udp://127.0.0.1:${UPLINK_PORT}`,
            as: "service/link-of-b",
            service: "uplink",
            path: ["b", "c", "d", "e"],
            "dont-fragment": true,
          },
        ],
      },
      { mode: "netns", relays: true },
    );
    const port = UPPER_PORT;
    upper = await openLab(
      {
        cluster: "upper",
        nodes: { a: { port }, b: { port }, e: { port }, d: { port } },
        links: [
          { between: ["a", "b"] },
          { between: ["b", "e"], address: "127.0.0.1", port: UPLINK_PORT },
          { between: ["e", "d"] },
        ],
        services: Object.fromEntries(
          Object.entries(PORTS).map(([name, port]) => [
            name,
            { node: "d", target: `tcp://127.0.0.1:${port}`, allow: ["user/alice"] },
          ]),
        ),
        tunnels: Object.entries(PORTS).map(([service, port]) => ({
          node: "a",
          listen: `tcp://127.0.0.1:${port + TUNNEL_OFFSET}`,
          as: "user/alice",
          service,
          path: ["a", "b", "e", "d"],
        })),
      },
      { beside: lower },
    );
    // The relays that lose datagrams are on loopback: without this line links would have loopback's size, and not that of their wires.
    for (const node of lower.nodeNames) {
      change(lower.configFile(node, "link-flor"), "lower: {", "lower: { udp-payload-max: 1452,");
    }
    await Promise.all([lower.up(), upper.up()]);
    await startFileServer(upper, "d", PORTS.files);
    for (const { between } of lower.mesh.links) await lower.impair(between[0], between[1], { loss: 0.02 });
  });

  afterAll(async () => {
    await lower?.down();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  /** The UDP payload of each link of the upper mesh, at both of its ends. */
  async function payloads(): Promise<Record<string, number>> {
    const statuses = await upper.statuses();
    return Object.fromEntries(
      [...statuses].flatMap(([node, { linkFlor }]) => {
        const { links } = linkFlor!.clusters.find(({ cluster }) => cluster === "upper")!;
        return links.map((link) => [`${node}-${link.peer}`, (link as unknown as { udpPayload: number }).udpPayload]);
      }),
    );
  }

  /** Expects links on wires to have Ethernet's size. The link in the tunnel has the largest size that fits there, or a smaller one after
   *  many lost probes. */
  async function expectPayloads(ofTunnel: readonly number[]): Promise<void> {
    const ofWires = { "a-b": 1_452, "b-a": 1_452, "d-e": 1_452, "e-d": 1_452 };
    const inTunnel = expect.toBeOneOf([...ofTunnel]) as number;
    await expect.poll(payloads, PATIENCE).toEqual({ ...ofWires, "b-e": inTunnel, "e-b": inTunnel });
  }

  test("has there the UDP payload that one of the other mesh holds, though it sees a loopback interface", async () => {
    // A machine that is busy for half a second may miss five probes.
    for (let tries = 0; tries < 3 && (await payloads())["b-e"] !== 1_313; tries++) {
      await upper.kill("b", "link-flor");
      upper.start("b", "link-flor");
      await Promise.all([lower.waitUntilUp(), upper.waitUntilUp()]);
    }
    await expectPayloads([1_313]);
    const [tunnel] = (await lower.status("b")).clusterFlor!.tunnels as unknown as { datagrams: { drops: object } }[];
    // The link's probes of the sizes of loopback and of Ethernet did not get through.
    expect(tunnel!.datagrams.drops).toMatchObject({ tooLarge: expect.toSatisfy((count: number) => count > 5) });
  });

  test("carries a file whole", async () => {
    const size = 4 * MEGABYTE;
    // The link in the tunnel has just begun anew, and nobody waits for a connection longer than five seconds.
    const ask = ["curl", "--silent", "--fail", `http://127.0.0.1:${PORTS.files + TUNNEL_OFFSET}/file?size=1`];
    await expect.poll(async () => (await upper.exec("a", ask)).code, PATIENCE).toBe(0);
    expect(await downloadDigest(upper, "a", PORTS.files + TUNNEL_OFFSET, size)).toBe(fileDigest(size));
    await expectPayloads([1_313, 1_200]);
  });

  test.skipIf(isPortable)(
    "says nothing in between that could be read: neither what it carries, nor what its link says",
    async () => {
      const [up, down] = [randomBytes(32), randomBytes(32)];
      const captures = await Promise.all(
        Object.entries({ a: "lo", b: "lo", c: "any", e: "any" }).map(async ([node, device]) => {
          return [node, await captureWires(lowerOrUpper(node), node, join(folder, `${node}.pcap`), device)] as const;
        }),
      );
      await converse(upper, up, down);
      const bytes = Object.fromEntries(await Promise.all(captures.map(async ([node, end]) => [node, await end()])));
      const { a, b, c, e } = bytes as Record<"a" | "b" | "c" | "e", Buffer>;
      for (const secret of [up, down]) {
        expect(a.includes(secret)).toBe(true);
        for (let at = 0; at < secret.length; at += 8) {
          for (const capture of [b, c, e]) expect(capture.includes(secret.subarray(at, at + 8))).toBe(false);
        }
      }
      // The lower mesh carries the datagrams of the link above: the same ones are at both ends, and no part of them is in between.
      const said = udpPayloads(b, UPLINK_PORT).filter(({ length }) => length > 1_000);
      // The kernel carries several datagrams that were sent together as one. On a busy machine the lower mesh drops some, which the link
      // above repairs.
      expect(said.length).toBeGreaterThan(5);
      const parts = said.map((datagram) => datagram.subarray(500, 516));
      expect(parts.filter((part) => e.includes(part)).length).toBeGreaterThan(3);
      expect(parts.filter((part) => c.includes(part))).toEqual([]);
      for (const name of ["alice", "ledger", "link-of-b", "uplink"]) expect(c.includes(name)).toBe(false);
    },
  );

  test("loses packets, and no streams, while vertices of the other mesh restart", async () => {
    await SteadyService.start(upper, "d", PORTS.steady);
    using workload = await SteadyWorkload.start(upper, "a", PORTS.steady + TUNNEL_OFFSET, ["p", "d"]);
    for (const node of isPortable ? ["b"] : ["c", "b", "e"]) {
      await lower.kill(node, "cluster-flor");
      lower.start(node, "cluster-flor");
      await lower.waitUntilUp();
      await upper.waitUntilUp();
      await workload.untilProgress(now());
    }
    expect(workload.lost.size).toBe(0);
    await expectPayloads([1_313, 1_200]);
  });

  test.skipIf(isPortable)("has the smallest payload where the other mesh has its smallest packets", async () => {
    change(lower.configFile("b", "cluster-flor"), "labels:", "mtu: 1280, labels:");
    await lower.kill("b", "cluster-flor");
    lower.start("b", "cluster-flor");
    await expectPayloads([1_200]);
    expect(await downloadDigest(upper, "a", PORTS.files + TUNNEL_OFFSET, MEGABYTE)).toBe(fileDigest(MEGABYTE));
  });

  function lowerOrUpper(node: string): Lab {
    return lower.nodeNames.includes(node) ? lower : upper;
  }
});

function change(file: string, from: string, to: string): void {
  const text = readFileSync(file, "utf8");
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
}

/** Sends `up` from a to d, and `down` back, again and again. */
async function converse(lab: Lab, up: Buffer, down: Buffer): Promise<void> {
  const program = fileURLToPath(new URL("../src/canary-peer.ts", import.meta.url));
  const words = [up.toString("hex"), down.toString("hex")] as const;
  const service = lab.spawn("d", [process.execPath, program, "serve", String(PORTS.ledger), words[1], words[0]]);
  await once(service.stdout!, "data");
  const call = [process.execPath, program, "call", String(PORTS.ledger + TUNNEL_OFFSET), words[0], words[1]];
  const { stdout, stderr } = await lab.exec("a", call, { timeoutMs: PATIENCE.timeout });
  expect({ stdout, stderr }).toEqual({ stdout: "2000\n", stderr: "" });
}
