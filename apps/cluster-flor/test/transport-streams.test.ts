/** A tunnel as its workload sees it: bytes, ends and resets are those of one TCP connection. */
import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { Cleanup, TestVertex, eventually, joinInRow, pair, sleep, warm } from "./transport-mesh.ts";
import { Client, Target, echo, sha256 } from "./transport-sockets.ts";

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

describe("bytes", () => {
  test.each(["cold", "warm"])(
    "50 MB go both ways, unchanged (%s connection)",
    async (state) => {
      const target = cleanup.add(await Target.listen(echo));
      const { a } = await pair(cleanup, target.address, { isCold: state === "cold" });
      const client = new Client(a.port());
      const bytes = randomBytes(50_000_000);
      client.socket.end(bytes);
      expect(await client.ended()).toBe("end");
      expect(client.received).toBe(bytes.length);
      expect(client.hash.digest("hex")).toBe(sha256(bytes));
      expect(a.transport.status().tunnels[0]!.connections).toEqual({ open: 0, total: 1, refused: {}, cut: {} });
    },
    60_000,
  );

  test("a server that speaks first is heard", async () => {
    const target = cleanup.add(await Target.listen((socket) => socket.write("220 ready")));
    const { a } = await pair(cleanup, target.address);
    const client = new Client(a.port());
    await client.until(9);
    expect(client.received).toBe(9);
    client.socket.destroy();
  });

  test("they pass a transit vertex, which needs no transport", async () => {
    const target = cleanup.add(await Target.listen(echo));
    const a = new TestVertex({
      name: "a",
      // The transit vertex calls its link to c 101.
      paths: [{ name: "to-c", labels: [101, 900] }],
      tunnels: [{ as: "user/alice", service: "web", path: 0 }],
    });
    const b = new TestVertex({ name: "b", transit: [[0, 1]] });
    const c = new TestVertex({ name: "c", services: [{ name: "web", label: 900, target: target.address }] });
    joinInRow(a, b, c);
    for (const vertex of [c, b, a]) await cleanup.add(vertex).start();
    const client = new Client(a.port());
    client.socket.end(randomBytes(300_000));
    expect(await client.ended()).toBe("end");
    expect(client.received).toBe(300_000);
    expect(b.transport.status().connections).toEqual([]);
    expect(c.transport.status().connections[0]!.path).toBe("l0 100 1");
  });

  test("a service on the tunnel's own vertex is reached without a link", async () => {
    const target = cleanup.add(await Target.listen(echo));
    const a = new TestVertex({
      name: "a",
      paths: [{ name: "here", link: undefined, labels: [900] }],
      tunnels: [{ as: "user/alice", service: "web", path: 0 }],
      services: [{ name: "web", label: 900, target: target.address }],
    });
    await cleanup.add(a).start();
    await warm(a);
    const client = new Client(a.port());
    const bytes = randomBytes(20_000_000);
    client.socket.end(bytes);
    expect(await client.ended()).toBe("end");
    expect(client.hash.digest("hex")).toBe(sha256(bytes));
  });

  test("a stream is opened without a round trip: its first bytes come with the handshake's last", async () => {
    const target = cleanup.add(await Target.listen(echo));
    const { a, link } = await pair(cleanup, target.address);
    link.delayMs = 100;
    const client = new Client(a.port());
    expect(await client.pingPong()).toBeLessThan(290);
    client.socket.destroy();
  });
});

describe("ends", () => {
  test("the client's end reaches the server, which goes on sending", async () => {
    const seen: string[] = [];
    const target = cleanup.add(
      await Target.listen((socket) => {
        socket.on("data", (bytes) => seen.push(bytes.toString()));
        socket.on("end", () => {
          seen.push("end");
          setTimeout(() => socket.end("the whole answer"), 50);
        });
      }),
    );
    const { a } = await pair(cleanup, target.address);
    const client = new Client(a.port());
    client.socket.end("question");
    expect(await client.ended()).toBe("end");
    expect(seen).toEqual(["question", "end"]);
    expect(client.received).toBe(16);
  });

  test("the server's end reaches the client, which goes on sending", async () => {
    let received = 0;
    let isEnded = false;
    const target = cleanup.add(
      await Target.listen((socket) => {
        socket.on("data", (bytes) => (received += bytes.length));
        socket.on("end", () => (isEnded = true));
        socket.end();
      }),
    );
    const { a, b } = await pair(cleanup, target.address);
    const client = new Client(a.port());
    expect(await client.ended()).toBe("end");
    client.socket.write(Buffer.alloc(500_000));
    await eventually(() => received === 500_000);
    expect(isEnded).toBe(false);
    client.socket.end();
    await eventually(() => isEnded);
    await eventually(() => b.transport.status().services[0]!.connections.open === 0);
    expect(a.transport.status().tunnels[0]!.connections.open).toBe(0);
  });

  test("an end at once, with no byte in either direction, is an end", async () => {
    const target = cleanup.add(await Target.listen((socket) => socket.end()));
    const { a } = await pair(cleanup, target.address);
    const client = new Client(a.port());
    client.socket.end();
    expect(await client.ended()).toBe("end");
    expect(client.received).toBe(0);
    await eventually(() => a.transport.status().tunnels[0]!.connections.open === 0);
  });
});

describe("resets", () => {
  test("the client's reset reaches the server as a reset", async () => {
    let error = "";
    const target = cleanup.add(
      await Target.listen((socket) => {
        socket.on("error", (cause: NodeJS.ErrnoException) => (error = cause.code!));
        socket.on("end", () => (error = "a clean end"));
        socket.write("hello");
        socket.resume();
      }),
    );
    const { a, b } = await pair(cleanup, target.address);
    const client = new Client(a.port());
    await client.until(5);
    client.socket.resetAndDestroy();
    await eventually(() => error !== "");
    expect(error).toBe("ECONNRESET");
    await eventually(() => b.transport.status().services[0]!.connections.open === 0);
  });

  test("the server's reset reaches the client as a reset", async () => {
    const target = cleanup.add(await Target.listen((socket) => socket.once("data", () => socket.resetAndDestroy())));
    const { a } = await pair(cleanup, target.address);
    const client = new Client(a.port());
    client.socket.write("please");
    expect(await client.ended()).toBe("ECONNRESET");
    await eventually(() => a.transport.status().tunnels[0]!.connections.open === 0);
    expect(a.transport.status().tunnels[0]!.connections.refused).toEqual({});
  });

  test.each([
    ["arrives", false],
    ["is lost with its packet", true],
  ])("the reset of a server that has ended its half %s: a client that only sends sees it", async (_, isLost) => {
    const target = cleanup.add(
      await Target.listen((socket) => {
        socket.end("enough");
        socket.resume();
      }),
    );
    const { a, link } = await pair(cleanup, target.address);
    const client = new Client(a.port());
    let error = "";
    client.socket.on("error", (cause: NodeJS.ErrnoException) => (error = cause.code!));
    await client.until(6);
    await sleep(50);
    // The next packets from the service's side, which carry STOP_SENDING, are lost.
    let left = isLost ? 2 : 0;
    link.tap = (_, toB) => toB || left-- <= 0;
    for (const socket of target.sockets) socket.resetAndDestroy();
    const timer = setInterval(() => client.socket.write("more"), 20);
    await eventually(() => error !== "");
    clearInterval(timer);
    expect(["ECONNRESET", "EPIPE"]).toContain(error);
  });

  test("a client that is gone before its target is dialled leaves nothing behind", async () => {
    const target = cleanup.add(await Target.listen(echo));
    const { a, b } = await pair(cleanup, target.address);
    for (let i = 0; i < 20; i++) {
      const client = new Client(a.port());
      client.socket.on("connect", () => client.socket.resetAndDestroy());
    }
    await eventually(() => a.transport.status().tunnels[0]!.connections.total === 20);
    await eventually(() => a.transport.status().tunnels[0]!.connections.open === 0);
    await eventually(() => b.transport.status().services[0]!.connections.open === 0);
    await eventually(() => target.sockets.size === 0);
    expect(a.transport.budget.held).toBe(0);
    expect(b.transport.budget.held).toBe(0);
  });
});
