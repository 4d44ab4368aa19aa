import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type Server, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Code } from "../../../src/transport/codes.ts";
import { NodeNetwork } from "../../../src/transport/drivers/node-network.ts";
import type { LocalSocket } from "../../../src/transport/streams/local-network.ts";
import { TestVertex, joinInRow, pair, warm } from "../mesh/mesh.ts";
import { Client, Target, echo } from "../mesh/workloads.ts";
import { RealWorld } from "../worlds/real-world.ts";

const nodeNetwork = new NodeNetwork();
const world = new RealWorld();
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), `transport-${process.pid}-`));
});
afterEach(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

function unixTunnel(path: string, mode?: number): TestVertex {
  return new TestVertex(world, {
    name: "a",
    paths: [{ name: "to-b", labels: [900] }],
    tunnels: [{ as: "user/alice", service: "web", path: 0, listen: { kind: "unix", path }, mode }],
  });
}

/** Sends `text` over a unix socket, and returns the answer and how the connection ended. */
function ask(path: string, text: string): Promise<string> {
  return new Promise((done) => {
    let answer = "";
    const socket = connect({ path, allowHalfOpen: true });
    socket.on("data", (bytes) => (answer += bytes.toString()));
    socket.on("error", () => {});
    socket.on("close", () => done(answer));
    socket.on("end", () => socket.destroy());
    socket.end(text);
  });
}

test("unix sockets on both sides: mode, bytes, half-close", async () => {
  const targetPath = join(folder, "target.sock");
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    let text = "";
    socket.on("data", (bytes) => (text += bytes.toString()));
    socket.on("end", () => socket.end(text.toUpperCase()));
  });
  await new Promise<void>((done) => server.listen(targetPath, done));
  world.add({ close: () => server.close() });
  const path = join(folder, "tunnel.sock");
  const a = world.add(unixTunnel(path, 0o620));
  const services = [{ name: "web", label: 900, target: { kind: "unix", path: targetPath } as const }];
  const b = new TestVertex(world, { name: "b", services });
  joinInRow(world, a, b);
  await b.start();
  await a.start();
  await warm(world, a);
  expect(statSync(path).mode & 0o777).toBe(0o620);
  expect(await ask(path, "half-close works")).toBe("HALF-CLOSE WORKS");
  await a.stop();
  expect(existsSync(path)).toBe(false);
});

test("a unix client of a service that is down is closed without a byte", async () => {
  const services = [{ name: "web", label: 900, target: { kind: "unix", path: join(folder, "nobody") } as const }];
  const path = join(folder, "tunnel.sock");
  const a = world.add(unixTunnel(path));
  const b = new TestVertex(world, { name: "b", services });
  joinInRow(world, a, b);
  await b.start();
  await a.start();
  await warm(world, a);
  expect(await ask(path, "anybody?")).toBe("");
  expect(a.transport.status().tunnels[0]!.connections.refused).toEqual({ TARGET_DOWN: 1 });
});

test("a stale socket file is no hindrance, a live one is, and a file that is no socket is left alone", async () => {
  const path = join(folder, "tunnel.sock");
  const listen = () =>
    nodeNetwork.listen({ address: { kind: "unix", path }, mode: undefined, owner: undefined, onConnection() {} });
  const first = await listen();
  await expect(listen()).rejects.toMatchObject({ code: "ERR_SOCKET_IN_USE" });
  first.close();
  writeFileSync(path, "precious");
  await expect(listen()).rejects.toMatchObject({ code: "ERR_SOCKET_PATH_TAKEN" });
  expect(existsSync(path)).toBe(true);
});

test("a port in use is an error with advice, at start", async () => {
  const target = await Target.listen(world, echo);
  const tunnels = [{ as: "user/alice", service: "web", path: 0, listen: target.address }];
  await expect(pair(world, target.address, { a: { tunnels } })).rejects.toMatchObject({
    code: "ERR_TUNNEL_ADDRESS_IN_USE",
    advice: expect.stringContaining("another address") as string,
  });
});

test("an address of another machine, and a directory that may not be written, are errors with advice", async () => {
  const listen = (address: Parameters<typeof nodeNetwork.listen>[0]["address"]) =>
    nodeNetwork.listen({ address, mode: undefined, owner: undefined, onConnection() {} });
  await expect(listen({ kind: "tcp", host: "192.0.2.1", port: 0 })).rejects.toMatchObject({
    code: "ERR_TUNNEL_ADDRESS",
  });
  chmodSync(folder, 0o500);
  if (process.getuid?.() !== 0) {
    await expect(listen({ kind: "unix", path: join(folder, "x") })).rejects.toMatchObject({
      code: "ERR_SOCKET_DIRECTORY_DENIED",
    });
  }
  await expect(listen({ kind: "unix", path: join(folder, "missing", "x") })).rejects.toMatchObject({
    code: "ERR_SOCKET_DIRECTORY_MISSING",
  });
});

test("a connection whose last bytes were not taken is reset, though its end was written", async () => {
  const size = 16_000_000;
  const listener = await nodeNetwork.listen({
    address: { kind: "tcp", host: "127.0.0.1", port: 0 },
    mode: undefined,
    owner: undefined,
    onConnection(socket) {
      socket.write(Buffer.alloc(size));
      socket.end();
    },
  });
  const client = new Client(world, listener.port, { isReading: false });
  while (client.connectedAt === 0) await world.sleep(5);
  await world.sleep(50);
  nodeNetwork.resetAll();
  listener.close();
  client.read();
  expect(await client.ended()).toBe("ECONNRESET");
  expect(client.received).toBeLessThan(size);
});

test("a connection can be reset in the very moment of its end", async () => {
  const network = new NodeNetwork(64 + 1);
  const listener = await network.listen({
    address: { kind: "tcp", host: "127.0.0.1", port: 0 },
    mode: undefined,
    owner: undefined,
    onConnection(socket) {
      socket.end();
      socket.reset(Code.stopping, "");
    },
  });
  const client = new Client(world, listener.port);
  await client.ended();
  await world.until(() => network.hasRoom);
  client.socket.write("anybody?");
  await new Promise((done) => client.socket.once("close", done));
  expect(["EPIPE", "ECONNRESET"]).toContain(client.outcome);
  listener.close();
});

test("connections leave file descriptors for everything else, whichever end opened them", async () => {
  const network = new NodeNetwork(64 + 2);
  const accepted: LocalSocket[] = [];
  const listener = await network.listen({
    address: { kind: "tcp", host: "127.0.0.1", port: 0 },
    mode: undefined,
    owner: undefined,
    onConnection: (socket) => accepted.push(socket),
  });
  const target = { kind: "tcp", host: "127.0.0.1", port: listener.port } as const;
  expect(network.hasRoom).toBe(true);
  const connected = Promise.withResolvers<LocalSocket>();
  network.dial(target, 5_000, { handleConnected: connected.resolve, handleFailed: () => {} });
  const giveUp = network.dial(target, 5_000, { handleConnected: () => {}, handleFailed: () => {} });
  expect([network.hasRoom, network.filesTaken], "dialled").toEqual([false, 1]);
  giveUp();
  expect(network.hasRoom, "given up").toBe(true);
  const dialled = await connected.promise;
  while (accepted.length === 0) await world.sleep(5);
  expect(network.hasRoom, "one accepted, one dialled").toBe(false);
  network.resetAll();
  dialled.reset(Code.stopping, "");
  const deadline = Date.now() + 5_000;
  while (!network.hasRoom && Date.now() < deadline) await world.sleep(5);
  expect([network.hasRoom, network.filesTaken], "all gone").toEqual([true, 0]);
  listener.close();
});
