/** Two vertices of the skeleton beside each other, over sockets of this machine. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createSocket } from "node:dgram";
import { setTimeout as sleep } from "node:timers/promises";
import { after, test } from "node:test";
import type { LinkKey, Links, LinkState, LinkWish, Peer, Refusal, Vertex } from "../src/florenetes/florenetes.js";
import { SKELETON } from "../src/skeleton-links.ts";

const WAIT_MS_MAX = 20_000;
const stops: (() => Promise<void>)[] = [];
after(() => Promise.all(stops.map((stop) => stop())));

/** A vertex whose cluster vertex and identity are played. */
class PlayedVertex implements Vertex {
  readonly cluster = "demo";
  readonly instance = { id: "1", startedAt: 1 };
  readonly privateKeyPem = Buffer.alloc(0);
  readonly name: string;
  readonly listen: string;
  chain: readonly Uint8Array[];
  readonly packets: string[] = [];
  state: LinkState | undefined;
  /** The refusal of any peer from now on. */
  verdict: Refusal | undefined;
  judged = 0;

  constructor(name: string, port: number) {
    this.name = name;
    this.listen = `udp://127.0.0.1:${port}`;
    this.chain = [Buffer.from(name)];
  }

  now(): number {
    return performance.now();
  }

  judge(): Peer | Refusal {
    this.judged++;
    return this.verdict ?? { findUnfitness: () => this.verdict };
  }

  setState(_: LinkKey, state: LinkState): void {
    this.state = state;
  }

  deliver(_: number, packet: Uint8Array): void {
    this.packets.push(packet.length > 9 ? `${packet.length} bytes` : Buffer.from(packet).toString());
  }

  log(): void {}

  get handle(): number {
    return this.state?.state === "up" ? this.state.handle : 0;
  }
}

interface Pair {
  readonly a: PlayedVertex;
  readonly b: PlayedVertex;
  readonly links: Record<"a" | "b", Links>;
  readonly wishes: Record<"a" | "b", LinkWish>;
}

/** Two vertices that both wish for a link. */
async function pair(refusal?: Refusal): Promise<Pair> {
  const [a, b] = [new PlayedVertex("a", await freePort()), new PlayedVertex("b", await freePort())];
  b.verdict = refusal;
  const links = { a: await SKELETON.open(a), b: await SKELETON.open(b) };
  stops.push(...Object.values(links).map((each) => () => each.stop().catch(() => undefined)));
  const wishes = {
    a: { peer: "b", tag: "0", role: "originator", endpoint: b.listen },
    b: { peer: "a", tag: "0", role: "acceptor", endpoint: "" },
  } as const;
  links.a.open(wishes.a);
  links.b.open(wishes.b);
  return { a, b, links, wishes };
}

async function freePort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

async function until(isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + WAIT_MS_MAX; !isSo(); await sleep(5))
    assert(performance.now() < end, `it did not come to that: ${isSo.toString()}`);
}

async function linkedPair(): Promise<Pair> {
  const linked = await pair();
  await until(() => linked.a.handle !== 0 && linked.b.handle !== 0);
  return linked;
}

void test("packets go both ways, and those that are too large nowhere", async () => {
  const { a, b, links } = await linkedPair();
  for (const packet of [Buffer.from("x"), Buffer.alloc(1_420), Buffer.alloc(1_421), Buffer.from("z")])
    links.a.send(a.handle, packet);
  links.b.send(b.handle, Buffer.from("y"));
  await until(() => b.packets.includes("z") && a.packets.includes("y"));
  assert.deepEqual(b.packets, ["x", "1420 bytes", "z"]);
});

void test("the neighbour hears of an end", async () => {
  const { b, links, wishes } = await linkedPair();
  links.a.close(wishes.a, "CLOSED");
  await until(() => b.state?.state === "down" && b.state.code === "CLOSED");
});

void test("who is refused has no link, and both ends know why", async () => {
  const { a, b } = await pair({ code: "REVOKED", text: "" });
  await until(() => [a, b].every(({ state }) => state?.state === "refused" && state.code === "REVOKED"));
});

void test("a peer that is not fit any more loses its link", async () => {
  const { a, b } = await linkedPair();
  b.verdict = { code: "EXPIRED", text: "" };
  await until(() => [a, b].every(({ state }) => state?.state === "refused" && state.code === "EXPIRED"));
});

void test("another chain is judged while the link is up", async () => {
  const { a, b, links } = await linkedPair();
  const { handle } = b;
  const { judged } = b;
  a.chain = [Buffer.from("renewed")];
  links.a.handleCredentials();
  await until(() => b.judged > judged);
  assert.equal(b.handle, handle);
});

void test("nonsense ends nothing", async () => {
  const { a, b, links } = await linkedPair();
  const stranger = createSocket("udp4");
  stops.push(async () => void stranger.close());
  const port = Number(new URL(b.listen).port);
  for (let kind = 0; kind < 256; kind++) {
    for (const text of ["", "[]", "{}", "null", '{"chain":["!"]}', "[".repeat(1_000)]) {
      stranger.send(Buffer.concat([Buffer.from([kind, 0, 0, 0, 1]), Buffer.from(text)]), port, "127.0.0.1");
    }
  }
  links.a.send(a.handle, Buffer.from("after"));
  await until(() => b.packets.includes("after"));
});

void test("it stays on this machine", async () => {
  for (const address of ["192.0.2.1", "0.0.0.0", "[2001:db8::1]"]) {
    const vertex = new PlayedVertex("a", 0);
    Object.assign(vertex, { listen: `udp://${address}:4433` });
    await assert.rejects(SKELETON.open(vertex), /without encryption/);
  }
});
