import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { workload } from "../src/measures/programs.ts";

describe("the ping-pong", () => {
  let server: Server;
  let program: ChildProcess;
  let said: string;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    server = createServer((socket) => {
      sockets.push(socket.on("error", () => undefined));
      socket.on("data", (bytes) => socket.write(bytes));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    said = "";
    const [node, ...rest] = workload("ping-pong", "127.0.0.1", (server.address() as AddressInfo).port, 1);
    program = spawn(node!, rest, { stdio: "pipe" });
    program.stdout!.on("data", (bytes: Buffer) => (said += bytes.toString()));
    await vi.waitUntil(() => said.includes("ready\n"), { timeout: 20_000 });
  });
  afterEach(() => {
    program.kill("SIGKILL");
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
  });

  const end = async (): Promise<{ micros: number[]; lost: string | null }> => {
    program.stdin!.end();
    await once(program, "close");
    return JSON.parse(said.split("\n").at(-1)!) as { micros: number[]; lost: string | null };
  };

  it("counts from the first line of input on, and tells that a round trip has ended since", async () => {
    program.stdin!.write("count\n");
    await vi.waitUntil(() => said.includes("count\n"), { timeout: 20_000 });
    const { micros, lost } = await end();
    expect(micros.length).toBeGreaterThan(0);
    expect(Math.min(...micros)).toBeGreaterThan(0);
    expect(lost).toBeNull();
  });

  it("counts nothing before that", async () => {
    expect(await end()).toEqual({ micros: [], lost: null });
  });

  it("tells that the connection was lost, with the time that the last one has had", async () => {
    program.stdin!.write("count\n");
    await vi.waitUntil(() => said.includes("count\n"), { timeout: 20_000 });
    for (const socket of sockets) socket.destroy();
    await vi.waitUntil(() => said.includes("lost\n"), { timeout: 20_000 });
    expect((await end()).lost).not.toBeNull();
  });
});
