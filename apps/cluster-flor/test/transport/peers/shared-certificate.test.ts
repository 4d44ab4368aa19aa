/** Two vertices use one certificate: neither can end connections of the other, whatever it says of itself. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TrafficClass } from "@florenetes/forwarding";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openVertexSecret } from "../../../src/drivers/vertex-secret.ts";
import { isRestart } from "../../../src/transport/peers/lives.ts";
import { vertexToken } from "../../../src/transport/drivers/vertex-token.ts";
import { HostileOriginator } from "../mesh/hostile-originator.ts";
import { issue } from "../mesh/identities.ts";
import { pair, warm } from "../mesh/mesh.ts";
import { Client, Target, echo } from "../mesh/workloads.ts";
import type { TransportWorld } from "../worlds/world.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

let world: TransportWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

const future = Date.now() + 1e12;

test("who has the same certificate, the same name and a start time in the future is another vertex", async () => {
  const target = await Target.listen(world, echo);
  const alice = issue("user/alice");
  const { a, b, link } = await pair(world, target.address, { a: { credentials: { "user/alice": alice } } });
  const client = new Client(world, a.port());
  await client.pingPong();
  const attacker = new HostileOriginator(world, link, b, alice);
  await attacker.greet({ vertex: "a", startedAt: future, id: "f".repeat(16) });
  await world.until(() => b.transport.status().connections.length === 2);
  // Vertex a goes on, and is let in again after a restart, which ends its own former life and no other.
  await client.pingPong();
  expect(attacker.closed).toBeUndefined();
  a.kill();
  a.events.length = 0;
  await a.start();
  await warm(world, a);
  await world.until(() => target.sockets.size === 0);
  expect(attacker.closed).toBeUndefined();
  await new Client(world, a.port()).pingPong();
});

test("a life that says it starts in the future ends its own former one, and stands in no other's way", async () => {
  const target = await Target.listen(world, echo);
  const alice = issue("user/alice");
  const { b, link } = await pair(world, target.address, { a: { credentials: { "user/alice": alice } } });
  const token = "ab".repeat(16);
  const connect = async (startedAt: number, of = token): Promise<HostileOriginator> => {
    const one = new HostileOriginator(world, link, b, alice);
    await one.greet({ startedAt, token: of });
    return one;
  };
  const first = await connect(1);
  const other = await connect(2, "cd".repeat(16));
  const later = await connect(future);
  await world.until(() => first.closed !== undefined);
  const late = await connect(2);
  await world.until(() => late.closed !== undefined);
  expect([other.closed, later.closed]).toEqual([undefined, undefined]);
});

test("a service of the same name that started later is a restart only if it is the same vertex", () => {
  const { reliable } = TrafficClass;
  const carriage = { trafficClass: reliable, isUncut: false };
  const life = { vertex: "b", startedAt: 1, id: "00", token: "aa", ...carriage, quietSeconds: 0 };
  expect(isRestart(life, { ...life, startedAt: 2 })).toBe(true);
  expect(isRestart(life, { ...life, startedAt: 2, token: "bb" })).toBe(false);
  expect(isRestart(life, { ...life, startedAt: 0 })).toBe(false);
});

test("a vertex is another one towards each peer, by each of its principals, and without its secret", () => {
  const secret = new Uint8Array(32).fill(1);
  // HMAC-SHA-256, cut to 16 bytes.
  expect(vertexToken(secret, "user/alice", "service/web")).toMatch(/^[0-9a-f]{32}$/);
  const tokens = [
    vertexToken(secret, "user/alice", "service/web"),
    vertexToken(secret, "user/alice", "service/mail"),
    vertexToken(secret, "user/bob", "service/web"),
    vertexToken(new Uint8Array(32).fill(2), "user/alice", "service/web"),
  ];
  expect(new Set(tokens).size).toBe(4);
});

test("the secret is made once, readable by its owner alone, and made anew when it is damaged", () => {
  const folder = mkdtempSync(join(tmpdir(), "vertex-secret-"));
  const warnings: unknown[] = [];
  const log = { warn: (fields: unknown): void => void warnings.push(fields) };
  try {
    const state = join(folder, "state");
    const secret = openVertexSecret(state, log);
    expect(secret).toHaveLength(32);
    expect(openVertexSecret(state, log)).toEqual(secret);
    expect(statSync(join(state, "vertex-secret")).mode & 0o777).toBe(0o600);
    writeFileSync(join(state, "vertex-secret"), "short");
    const next = openVertexSecret(state, log);
    expect(next).toHaveLength(32);
    expect(next).not.toEqual(secret);
    expect(readFileSync(join(state, "vertex-secret"))).toEqual(next);
    expect(warnings).toEqual([]);
    // A file is in the way of the folder.
    expect(openVertexSecret(join(state, "vertex-secret"), log)).toHaveLength(32);
    expect(warnings).toMatchObject([{ code: "VERTEX_SECRET_NOT_KEPT" }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
