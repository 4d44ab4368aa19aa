/*
 *   a ───── b ───── c      a runs on the portable engine, b and c on the native one: the link of a and b, and the end-to-end connections of
 *                          a and c, both of which call the other, are between the two. Then each process starts again with the
 *                          other engine, those of b while a connection goes on through them
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { type Lab, openLab, type ProcessName } from "@florenetes/meshlab";
import { nativeEngine } from "@florenetes/quic/native";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { say } from "../src/echo-mesh.ts";
import { PATIENCE, PATIENCE_MS } from "../src/patience.ts";

type Engine = "native" | "portable";

const processes: readonly ProcessName[] = ["link-flor", "cluster-flor"];
const BULK_SIZE = 3_000_000;

describe.skipIf(nativeEngine() === undefined)("nodes with different engines (skipped where there is no cargo)", () => {
  let lab: Lab;
  let echo: Server;

  beforeAll(async () => {
    echo = createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
    await once(echo, "listening");
    const target = `tcp://127.0.0.1:${(echo.address() as AddressInfo).port}`;
    lab = await openLab(
      {
        cluster: "engines",
        nodes: { a: {}, b: {}, c: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
        services: {
          "at-a": { node: "a", target, allow: ["user/carol"] },
          "at-c": { node: "c", target, allow: ["user/alice"] },
        },
        tunnels: [
          { node: "a", listen: "tcp://127.0.0.1:0", as: "user/alice", service: "at-c", path: ["a", "b", "c"] },
          { node: "c", listen: "tcp://127.0.0.1:0", as: "user/carol", service: "at-a", path: ["c", "b", "a"] },
        ],
      },
      // The config files decide, whatever engine the other tests run with.
      { environment: { FLORENETES_ENGINE: "" } },
    );
    for (const [node, engine] of [["a", "portable"] as const, ["b", "native"] as const, ["c", "native"] as const]) {
      for (const name of processes) choose(node, name, engine);
    }
    await lab.up();
  });
  afterAll(async () => {
    await lab?.down();
    echo?.close();
  });

  function choose(node: string, name: ProcessName, engine: Engine): void {
    const file = lab.configFile(node, name);
    writeFileSync(file, `engine: ${engine}\n${readFileSync(file, "utf8").replace(/^engine: .*\n/gm, "")}`);
  }

  async function change(node: string, engine: Engine): Promise<void> {
    for (const name of processes) {
      choose(node, name, engine);
      await lab.restart(node, name);
      await lab.waitUntilWhole(PATIENCE_MS);
    }
  }

  /** Asks each process of each node which engine it runs with, and why. */
  async function told(): Promise<Record<string, unknown[]>> {
    const statuses = [...(await lab.statuses())];
    return Object.fromEntries(
      statuses.map(([node, { linkFlor, clusterFlor }]) => [node, [linkFlor?.["engine"], clusterFlor?.["engine"]]]),
    );
  }

  function dial(node: string): Socket {
    const { listen } = lab.tunnels.find((tunnel) => tunnel.node === node)!;
    return connect(Number(new URL(listen).port), "127.0.0.1").on("error", () => undefined);
  }

  async function ask(node: string): Promise<string> {
    const socket = dial(node);
    const heard = await say(socket);
    socket.destroy();
    return heard;
  }

  /** Sends some megabytes, and says whether they come back unchanged. */
  async function isEchoWhole(node: string): Promise<boolean> {
    const bytes = randomBytes(BULK_SIZE);
    const socket = dial(node);
    socket.end(bytes);
    const heard: Buffer[] = [];
    for await (const chunk of socket) heard.push(chunk as Buffer);
    return Buffer.concat(heard).equals(bytes);
  }

  test("carry what comes both ways, and say which engine they have", async () => {
    for (const node of ["a", "c"]) {
      expect(await ask(node)).toBe("hello");
      expect(await isEchoWhole(node)).toBe(true);
    }
    const chosen = (name: Engine): object => ({
      name,
      asked: name,
      askedBy: "config",
      reason: `\`engine: ${name}\` says so`,
    });
    const [portable, native] = [chosen("portable"), chosen("native")];
    expect(await told()).toEqual({ a: [portable, portable], b: [native, native], c: [native, native] });
    expect(await lab.logs("b", "link-flor")).toContain("QUIC_ENGINE");
  });

  test("mark packets for ECN where a data thread is at both ends", async () => {
    const marking = async (node: string): Promise<unknown> => {
      const { linkFlor } = await lab.status(node);
      return Object.fromEntries(linkFlor!.clusters[0]!.links.map(({ peer, isEcnOn }) => [peer, isEcnOn]));
    };
    await expect.poll(() => marking("b"), PATIENCE).toEqual({ a: false, c: true });
    await expect.poll(() => marking("c"), PATIENCE).toEqual({ b: true });
    expect(await marking("a")).toEqual({ b: false });
  });

  test("change to the other one, and what goes through them lives", async () => {
    const held = dial("a");
    expect(await say(held)).toBe("hello");
    await change("b", "portable");
    expect(await say(held)).toBe("hello");
    held.destroy();
    await change("a", "native");
    await change("c", "portable");
    for (const node of ["a", "c"]) {
      await expect.poll(() => ask(node), PATIENCE).toBe("hello");
      expect(await isEchoWhole(node)).toBe(true);
    }
    const [portable, native] = [{ name: "portable" }, { name: "native" }];
    expect(await told()).toMatchObject({ a: [native, native], b: [portable, portable], c: [portable, portable] });
  });
});
