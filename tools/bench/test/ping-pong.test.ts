import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { workload } from "../src/measures/programs.ts";

describe("the ping-pong", () => {
  let server: Server;
  let program: ChildProcess;
  let said: string;
  let closed: Promise<unknown>;
  /** The number of messages that are answered before the connection is lost. */
  let answers: number;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    server = createServer((socket) => {
      sockets.push(socket.on("error", () => undefined));
      socket.on("data", (bytes) => {
        if (answers > 0) socket.write(bytes);
        else socket.destroy();
        answers -= 1;
      });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    [said, answers] = ["", Infinity];
    const [node, ...rest] = workload("ping-pong", "127.0.0.1", (server.address() as AddressInfo).port, 1);
    program = spawn(node!, rest, { stdio: "pipe" });
    closed = once(program, "close");
    program.stdout!.on("data", (bytes: Buffer) => (said += bytes.toString()));
  });
  afterEach(() => {
    program.kill("SIGKILL");
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
  });

  /** Waits until the program has said a word, for as long as the test may take. */
  const untilSays = (word: string): Promise<boolean> => vi.waitUntil(() => said.includes(word), { timeout: 60_000 });
  const end = async (): Promise<{ endedMs: number[]; micros: number[]; lost: string | null }> => {
    program.stdin!.end();
    await closed;
    return JSON.parse(said.split("\n").at(-1)!) as Awaited<ReturnType<typeof end>>;
  };

  it("tells when each round trip ended, by the machine's clock, and how long it took", async () => {
    const before = Number(process.hrtime.bigint()) / 1e6;
    await untilSays("ready\n.");
    const { endedMs, micros, lost } = await end();
    expect(micros.length).toBeGreaterThan(1);
    expect(micros).toHaveLength(endedMs.length);
    expect(Math.min(...micros)).toBeGreaterThan(0);
    expect(endedMs[0]).toBeGreaterThan(before);
    expect(endedMs).toEqual(endedMs.toSorted((left, right) => left - right));
    expect(lost).toBeNull();
  });

  it("ends when the connection is lost, with the time that the last round trip has had", async () => {
    answers = 2;
    await closed;
    const { micros, lost } = await end();
    expect(lost).not.toBeNull();
    expect(micros.length).toBeGreaterThan(2);
  });
});
