/** A tunnel as its workload sees it: bytes, ends and resets are those of one TCP connection. */
import { randomBytes } from "node:crypto";
import { runs } from "@florenetes/simkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TestVertex, joinInRow, pair, warm } from "../mesh/mesh.ts";
import { Client, Target, echo, sha256 } from "../mesh/workloads.ts";
import { every, type TransportWorld } from "../worlds/world.ts";
import { describeInWorlds, type Suite } from "./suite.ts";

export const streams: Suite = describeInWorlds("a tunnel", ({ open, isReal, within }) => {
  const megabytes = isReal ? runs(20, 5) : runs(5, 2);
  let world: TransportWorld;
  beforeEach(() => void (world = open()));
  afterEach(() => world.close());

  describe("bytes", () => {
    test.each(["cold", "warm"])(
      `${megabytes} MB go both ways, unchanged (%s connection)`,
      async (state) => {
        const target = await Target.listen(world, echo);
        const { a } = await pair(world, target.address, { isCold: state === "cold" });
        const client = new Client(world, a.port());
        const bytes = randomBytes(megabytes * 1_000_000);
        client.socket.end(bytes);
        expect(await client.ended()).toBe("end");
        expect(client.received).toBe(bytes.length);
        expect(client.hash.digest("hex")).toBe(sha256(bytes));
        expect(a.transport.status().tunnels[0]!.connections).toEqual({ open: 0, total: 1, refused: {}, cut: {} });
      },
      60_000,
    );

    test("a connection that has had more than the service's share of streams has a successor, which gets the next", async () => {
      const target = await Target.listen(world, echo);
      const { a, b } = await pair(world, target.address, { b: { limits: { streamsPerConnection: 2 } } });
      const clients: Client[] = [];
      for (let streams = 0; streams < 3; streams++) {
        clients.push(new Client(world, a.port()));
        await clients.at(-1)!.pingPong();
      }
      const connections = (vertex: TestVertex): string =>
        vertex.transport
          .status()
          .connections.map(({ state, streamsOpen }) => `${state} ${streamsOpen}`)
          .join(", ");
      await world.until(() => connections(a) === "draining 3, established 0");
      clients.push(new Client(world, a.port()));
      await clients.at(-1)!.pingPong();
      await world.until(() => connections(b) === "established 3, established 1");
      for (const client of clients) await client.pingPong();
    });

    test("a server that speaks first is heard", async () => {
      const target = await Target.listen(world, (socket) => socket.write("220 ready"));
      const { a } = await pair(world, target.address);
      const client = new Client(world, a.port());
      await client.until(9);
      expect(client.received).toBe(9);
      client.socket.destroy();
    });

    test.each([
      [0.02, 0],
      [0.1, 5],
    ])(
      "a share of %d of the packets is lost, each takes %d ms: bytes still arrive whole",
      async (loss, delayMs) => {
        const target = await Target.listen(world, echo);
        const { a, link } = await pair(world, target.address);
        link.lossProbability = loss;
        link.delayMs = delayMs;
        const client = new Client(world, a.port());
        const bytes = randomBytes(400_000);
        client.socket.end(bytes);
        expect(await client.ended()).toBe("end");
        expect(client.hash.digest("hex")).toBe(sha256(bytes));
      },
      30_000,
    );

    test("they pass a transit vertex, which needs no transport", async () => {
      const target = await Target.listen(world, echo);
      const a = new TestVertex(world, {
        name: "a",
        // The transit vertex calls its link to c 101.
        paths: [{ name: "to-c", labels: [101, 900] }],
        tunnels: [{ as: "user/alice", service: "web", path: 0 }],
      });
      const b = new TestVertex(world, { name: "b", transit: [[0, 1]] });
      const c = new TestVertex(world, { name: "c", services: [{ name: "web", label: 900, target: target.address }] });
      joinInRow(world, a, b, c);
      for (const vertex of [c, b, a]) await world.add(vertex).start();
      const client = new Client(world, a.port());
      client.socket.end(randomBytes(300_000));
      expect(await client.ended()).toBe("end");
      expect(client.received).toBe(300_000);
      expect(b.transport.status().connections).toEqual([]);
      expect(c.transport.status().connections[0]!.path).toBe("l0 100 1");
    });

    test("a service on the tunnel's own vertex is reached without a link", async () => {
      const target = await Target.listen(world, echo);
      const a = new TestVertex(world, {
        name: "a",
        paths: [{ name: "here", link: undefined, labels: [900] }],
        tunnels: [{ as: "user/alice", service: "web", path: 0 }],
        services: [{ name: "web", label: 900, target: target.address }],
      });
      await world.add(a).start();
      await warm(world, a);
      const client = new Client(world, a.port());
      const bytes = randomBytes(megabytes * 1_000_000);
      client.socket.end(bytes);
      expect(await client.ended()).toBe("end");
      expect(client.hash.digest("hex")).toBe(sha256(bytes));
    });

    test("a stream is opened without a round trip: its first bytes come with the handshake's last", async () => {
      const target = await Target.listen(world, echo);
      const { a, link } = await pair(world, target.address);
      link.delayMs = 100;
      const client = new Client(world, a.port());
      expect(await client.pingPong()).toBeLessThan(within(290));
      client.socket.destroy();
    });
  });

  describe("ends", () => {
    test("the client's end reaches the server, which goes on sending", async () => {
      const seen: string[] = [];
      const target = await Target.listen(world, (socket) => {
        socket.on("data", (bytes) => seen.push(bytes.toString()));
        socket.on("end", () => {
          seen.push("end");
          world.after(50, () => socket.end("the whole answer"));
        });
      });
      const { a } = await pair(world, target.address);
      const client = new Client(world, a.port());
      client.socket.end("question");
      expect(await client.ended()).toBe("end");
      expect(seen).toEqual(["question", "end"]);
      expect(client.received).toBe(16);
    });

    test("the server's end reaches the client, which goes on sending", async () => {
      let received = 0;
      let isEnded = false;
      const target = await Target.listen(world, (socket) => {
        socket.on("data", (bytes) => (received += bytes.length));
        socket.on("end", () => (isEnded = true));
        socket.end();
      });
      const { a, b } = await pair(world, target.address);
      const client = new Client(world, a.port());
      expect(await client.ended()).toBe("end");
      client.socket.write(Buffer.alloc(500_000));
      await world.until(() => received === 500_000);
      expect(isEnded).toBe(false);
      client.socket.end();
      await world.until(() => isEnded);
      await world.until(() => b.transport.status().services[0]!.connections.open === 0);
      expect(a.transport.status().tunnels[0]!.connections.open).toBe(0);
    });

    test("an end at once, with no byte in either direction, is an end", async () => {
      const target = await Target.listen(world, (socket) => socket.end());
      const { a } = await pair(world, target.address);
      const client = new Client(world, a.port());
      client.socket.end();
      expect(await client.ended()).toBe("end");
      expect(client.received).toBe(0);
      await world.until(() => a.transport.status().tunnels[0]!.connections.open === 0);
    });
  });

  describe("resets", () => {
    test("the client's reset reaches the server as a reset", async () => {
      let error = "";
      const target = await Target.listen(world, (socket) => {
        socket.on("error", (cause: NodeJS.ErrnoException) => (error = cause.code!));
        socket.on("end", () => (error = "a clean end"));
        socket.write("hello");
        socket.resume();
      });
      const { a, b } = await pair(world, target.address);
      const client = new Client(world, a.port());
      await client.until(5);
      client.socket.resetAndDestroy();
      await world.until(() => error !== "");
      expect(error).toBe("ECONNRESET");
      await world.until(() => b.transport.status().services[0]!.connections.open === 0);
    });

    test("the server's reset reaches the client as a reset", async () => {
      const target = await Target.listen(world, (socket) => socket.once("data", () => socket.resetAndDestroy()));
      const { a } = await pair(world, target.address);
      const client = new Client(world, a.port());
      client.socket.write("please");
      expect(await client.ended()).toBe("ECONNRESET");
      await world.until(() => a.transport.status().tunnels[0]!.connections.open === 0);
      expect(a.transport.status().tunnels[0]!.connections.refused).toEqual({});
    });

    test.each([
      ["arrives", false],
      ["is lost with its packet", true],
    ])("the reset of a server that has ended its half %s: a client that only sends sees it", async (_, isLost) => {
      const target = await Target.listen(world, (socket) => {
        socket.end("enough");
        socket.resume();
      });
      const { a, link } = await pair(world, target.address);
      const client = new Client(world, a.port());
      let error = "";
      client.socket.on("error", (cause: NodeJS.ErrnoException) => (error = cause.code!));
      await client.until(6);
      await world.sleep(50);
      // The next packets from the service's side, which carry STOP_SENDING, are lost.
      let left = isLost ? 2 : 0;
      link.tap = (_, toB) => toB || left-- <= 0;
      for (const socket of target.sockets) socket.resetAndDestroy();
      const stopWriting = every(world, 20, () => client.socket.write("more"));
      await world.until(() => error !== "");
      stopWriting();
      expect(["ECONNRESET", "EPIPE"]).toContain(error);
    });

    test("a client that is gone before its target is dialled leaves nothing behind", async () => {
      const target = await Target.listen(world, echo);
      const { a, b } = await pair(world, target.address);
      for (let i = 0; i < 20; i++) {
        const client = new Client(world, a.port());
        client.socket.on("connect", () => client.socket.resetAndDestroy());
      }
      await world.until(() => a.transport.status().tunnels[0]!.connections.total === 20);
      await world.until(() => a.transport.status().tunnels[0]!.connections.open === 0);
      await world.until(() => b.transport.status().services[0]!.connections.open === 0);
      await world.until(() => target.sockets.size === 0);
      await world.until(() => a.transport.bytesHeld + b.transport.bytesHeld === 0);
    });
  });
});
