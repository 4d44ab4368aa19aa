/** The sockets in memory, which tests in virtual time have, behave as the system's do, as far as a relay can tell. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bothWorlds } from "./both-worlds.ts";
import type { TransportWorld, WorkloadSocket } from "./world.ts";

describe.each(bothWorlds)("$where", ({ open }) => {
  let world: TransportWorld;
  beforeEach(() => void (world = open()));
  afterEach(() => world.close());

  /** The two ends of a connection. `seen` is what has happened at them. */
  async function connection(): Promise<{ near: WorkloadSocket; far: WorkloadSocket; seen: string[] }> {
    const seen: string[] = [];
    const watch = (name: string, socket: WorkloadSocket): void => {
      socket.on("end", () => seen.push(`${name} end`));
      socket.on("error", (error: NodeJS.ErrnoException) => seen.push(`${name} ${error.code}`));
      socket.on("close", () => seen.push(`${name} close`));
    };
    let far: WorkloadSocket | undefined;
    const listener = world.add(await world.listen(0, (socket) => (far = socket)));
    const near = world.connect(listener.port);
    watch("near", near);
    await world.until(() => far !== undefined);
    watch("far", far!);
    world.add({ close: () => void [near, far].map((socket) => socket?.destroy()) });
    return { near, far: far!, seen };
  }

  test("each half ends by itself, and both ends are closed after both halves", async () => {
    const { near, far, seen } = await connection();
    far.resume();
    near.end("a question");
    await world.until(() => seen.includes("far end"));
    expect(seen).toEqual(["far end"]);
    let answer = "";
    near.on("data", (bytes: Uint8Array) => (answer += Buffer.from(bytes).toString()));
    far.end("an answer");
    await world.until(() => seen.length === 4);
    expect(answer).toBe("an answer");
    expect(seen.toSorted()).toEqual(["far close", "far end", "near close", "near end"]);
    expect([near.errored, far.errored]).toEqual([null, null]);
  });

  test("who reads notices a reset", async () => {
    const { near, far, seen } = await connection();
    far.resume();
    near.resetAndDestroy();
    await world.until(() => seen.includes("far close"));
    await world.until(() => seen.length === 3);
    expect(seen.toSorted()).toEqual(["far ECONNRESET", "far close", "near close"]);
  });

  test("who does not read, and has much to read, notices a reset when it writes", async () => {
    const { near, far, seen } = await connection();
    near.write(Buffer.alloc(1_000_000));
    await world.sleep(50);
    near.resetAndDestroy();
    await world.sleep(50);
    expect(seen).toEqual(["near close"]);
    far.write(new Uint8Array(0));
    await world.until(() => seen.includes("far close"));
    expect(seen[1]).toMatch(/^far (ECONNRESET|EPIPE)$/);
  });

  test("who writes to an end that is gone is reset", async () => {
    const { near, far, seen } = await connection();
    far.resume();
    near.destroy();
    await world.until(() => seen.includes("far end"));
    far.write("anybody?");
    await world.sleep(50);
    far.write("anybody?");
    await world.until(() => seen.includes("far close"));
    expect(seen.at(-2)).toMatch(/^far (ECONNRESET|EPIPE)$/);
  });

  test.each([
    { what: "much that it has not read resets its peer", size: 1_000_000, told: "near ECONNRESET" },
    { what: "little that it has not asked for, but Node has read, ends its half", size: 6, told: "near end" },
  ])("who is gone with $what", async ({ size, told }) => {
    const { near, far, seen } = await connection();
    near.resume();
    near.write(Buffer.alloc(size));
    await world.sleep(50);
    far.destroy();
    await world.until(() => seen.includes(told));
  });

  test("a reader that stops holds back its writer, and goes on where it stopped", async () => {
    const { near, far, seen } = await connection();
    const bytes = Buffer.alloc(64_000_000, 7);
    let isWritten = false;
    near.end(bytes, () => (isWritten = true));
    await world.sleep(100);
    expect(isWritten).toBe(false);
    expect(near.writableLength).toBeGreaterThan(0);
    let received = 0;
    far.on("data", (piece: Uint8Array) => (received += piece.length));
    await world.until(() => seen.includes("far end"));
    expect(received).toBe(bytes.length);
    expect(isWritten).toBe(true);
  });

  test("nobody listens", async () => {
    const listener = await world.listen(0, () => {});
    listener.close();
    const socket = world.connect(listener.port);
    let code: string | undefined;
    socket.on("error", (error: NodeJS.ErrnoException) => (code = error.code));
    await world.until(() => code !== undefined);
    expect(code).toBe("ECONNREFUSED");
  });
});
