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
  });
  afterEach(() => {
    program.kill("SIGKILL");
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
  });

  /** Looked for as long as the test may take. */
  const untilSays = (word: string): Promise<boolean> =>
    vi.waitUntil(() => said.includes(`${word}\n`), { timeout: 60_000 });
  const say = async (word: string): Promise<void> => {
    await untilSays("ready");
    program.stdin!.write(`${word}\n`);
    await untilSays(word);
  };
  const end = async (): Promise<{ micros: number[]; lost: string | null }> => {
    program.stdin!.end();
    await once(program, "close");
    return JSON.parse(said.split("\n").at(-1)!) as { micros: number[]; lost: string | null };
  };

  it("counts from the first line of input on, and tells that a round trip has ended since", async () => {
    await say("count");
    const { micros, lost } = await end();
    expect(micros.length).toBeGreaterThan(0);
    expect(Math.min(...micros)).toBeGreaterThan(0);
    expect(lost).toBeNull();
  });

  it("counts nothing before that", async () => {
    await untilSays("ready");
    expect(await end()).toEqual({ micros: [], lost: null });
  });

  it("tells that the connection was lost, with the time that the last one has had", async () => {
    await say("count");
    for (const socket of sockets) socket.destroy();
    await untilSays("lost");
    expect((await end()).lost).not.toBeNull();
  });
});
