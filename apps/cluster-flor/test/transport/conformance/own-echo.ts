/** A service that the process has itself, as a workload sees it through a tunnel. */
import { createHash, randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { proxyHeader } from "../../../src/transport/services/proxy-header.ts";
import { type Pair, type PairOptions, pair } from "../mesh/mesh.ts";
import { Client } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { describeInWorlds, type Suite } from "./suite.ts";

const echo = { name: "web", label: 900, target: { kind: "self", service: "echo" } } as const;
const nowhere = { kind: "tcp", host: "127.0.0.1", port: 1 } as const;

export const ownEcho: Suite = describeInWorlds("self:echo", ({ open }) => {
  let world: TransportWorld;
  beforeEach(() => void (world = open()));
  afterEach(() => world.close());

  const meshed = (b: PairOptions["b"] = {}): Promise<Pair> => pair(world, nowhere, { b: { services: [echo], ...b } });

  test.each([0, 1, 300_000])("gives back %i bytes, and ends when the workload does", async (size) => {
    const { a, b } = await meshed();
    const said = randomBytes(size);
    const client = new Client(world, a.port());
    client.socket.end(said);
    expect(await client.ended()).toBe("end");
    expect(client.received).toBe(size);
    expect(client.hash.digest("hex")).toBe(createHash("sha256").update(said).digest("hex"));
    await world.until(() => a.transport.bytesHeld + b.transport.bytesHeld === 0);
    const { open: still, total, refused, cut } = b.transport.status().services[0]!.connections;
    expect({ still, total, refused, cut }).toEqual({ still: 0, total: 1, refused: {}, cut: {} });
  });

  test("reads no more than the workload takes back", async () => {
    const { a, b } = await meshed({ limits: { streamWindow: 65_536, streamWindowMax: 65_536 } });
    const client = new Client(world, a.port(), { isReading: false });
    const said = randomBytes(8_000_000);
    client.socket.write(said);
    let held = -1;
    await world.until(() => {
      const before = held;
      held = b.transport.bytesHeld;
      return held > 65_536 && held === before;
    });
    expect(held).toBeLessThan(1_000_000);
    // Another stream of the same connection goes on.
    const other = new Client(world, a.port());
    other.socket.end("passes");
    expect([await other.ended(), other.received]).toEqual(["end", 6]);
    client.read();
    client.socket.end();
    expect([await client.ended(), client.received]).toEqual(["end", said.length]);
    expect(client.hash.digest("hex")).toBe(createHash("sha256").update(said).digest("hex"));
  });

  test("lets go of a stream that the workload resets", async () => {
    const { a, b } = await meshed();
    const client = new Client(world, a.port());
    client.socket.write("said");
    await world.until(() => client.received === 4);
    client.socket.resetAndDestroy();
    await world.until(() => a.transport.bytesHeld + b.transport.bytesHeld === 0);
  });

  test("is told who has connected, where its service is to tell that", async () => {
    const { a } = await meshed({ services: [{ ...echo, tellsPrincipal: true }] });
    const client = new Client(world, a.port());
    client.socket.end("question");
    expect([await client.ended(), client.received]).toEqual(["end", proxyHeader("user/alice").length + 8]);
  });
});
