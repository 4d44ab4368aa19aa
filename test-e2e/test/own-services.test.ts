/*
 *   a ───── b      a runs on the native engine, b on the portable one, and each has an echo of its own, which both have a tunnel to
 */
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { type Lab, openLab } from "@florenetes/meshlab";
import { nativeEngine } from "@florenetes/quic/native";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const engines = { a: "native", b: "portable" } as const;
const nodes = ["a", "b"] as const;
const BULK_SIZE = 5_000_000;

describe.skipIf(nativeEngine() === undefined)("services of a process itself (skipped where there is no cargo)", () => {
  let lab: Lab;

  beforeAll(async () => {
    const service = (node: string) => ({ node, target: "self:echo", allow: ["user/alice"] });
    const tunnel = (from: string, to: string) => {
      const path = from === to ? [from] : [from, to];
      return { node: from, listen: "tcp://127.0.0.1:0", as: "user/alice", service: `echo-${to}`, path };
    };
    lab = await openLab(
      {
        cluster: "own",
        nodes: { a: {}, b: {} },
        links: [{ between: ["a", "b"] }],
        services: { "echo-a": service("a"), "echo-b": service("b") },
        tunnels: nodes.flatMap((from) => nodes.map((to) => tunnel(from, to))),
      },
      // The config files decide, whatever engine the other tests run with.
      { environment: { FLORENETES_ENGINE: "" } },
    );
    for (const node of nodes) {
      const file = lab.configFile(node, "cluster-flor");
      writeFileSync(file, `engine: ${engines[node]}\n${readFileSync(file, "utf8").replace(/^engine: .*\n/gm, "")}`);
    }
    await lab.up();
  });
  afterAll(async () => lab?.down());

  function dial(from: string, to: string): Socket {
    const { listen } = lab.tunnels.find(({ node, service }) => node === from && service === `echo-${to}`)!;
    return connect({ port: Number(new URL(listen).port), host: "127.0.0.1", allowHalfOpen: true });
  }

  const ways = nodes.flatMap((from) => nodes.map((to) => [from, to] as const));
  test.each(ways)("from %s to %s", async (from, to) => {
    const said = [randomBytes(BULK_SIZE), Buffer.from("x"), Buffer.alloc(0)];
    const heard = said.map(async (bytes) => {
      const socket = dial(from, to);
      socket.end(bytes);
      const chunks: Buffer[] = [];
      for await (const chunk of socket) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).equals(bytes);
    });
    expect(await Promise.all(heard)).toEqual([true, true, true]);
  });

  test("are told in status, with their streams", async () => {
    const statuses = await lab.statuses();
    for (const node of nodes) {
      const { services } = statuses.get(node)!.clusterFlor as unknown as { services: Record<string, unknown>[] };
      const connections = { open: 0, total: 6, refused: {}, cut: {} };
      expect(services).toMatchObject([{ name: `echo-${node}`, target: "self:echo", connections }]);
    }
  });
});
