import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createSocket } from "node:dgram";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isCarried, seekHighest, spentSince } from "../src/measures/datagrams.ts";
import { compileProgram } from "../src/own-programs.ts";
import { relayWords } from "../src/peers/socat.ts";
import { OTHER_PLACES, USUAL_PLACE } from "../src/place.ts";
import { FULL, planIn, stepsOf } from "../src/plan.ts";
import { isMeasuredIn, SYSTEMS } from "../src/systems.ts";

describe("the highest rate", () => {
  const seek = async (most: number) => {
    const tried: number[] = [];
    const found = await seekHighest(async (rate) => {
      tried.push(rate);
      return rate <= most ? rate : undefined;
    });
    return { tried, found };
  };

  it("is found to a tenth", async () => {
    const { tried, found } = await seek(330);
    expect(tried.slice(0, 5)).toEqual([25, 50, 100, 200, 400]);
    expect(tried).toHaveLength(8);
    expect(found).toBeLessThanOrEqual(330);
    expect(found).toBeGreaterThan(330 / 1.1);
  });

  it("is none where the first is too high, and the last where none is", async () => {
    expect(await seek(20)).toEqual({ tried: [25], found: undefined });
    expect((await seek(Infinity)).found).toBe(12_800);
  });

  it("is carried when hardly any is lost of what the sender could send", () => {
    const outcome = { asked: 1_000, sent: 950, received: 945, jitterMicros: 1, cpuSeconds: 1 };
    expect(isCarried(outcome)).toBe(true);
    expect(isCarried({ ...outcome, received: 930 })).toBe(false);
    expect(isCarried({ ...outcome, sent: 800, received: 800 })).toBe(false);
  });
});

describe("CPU time", () => {
  it("is that of processes that have begun meanwhile, too, and of none that have ended", () => {
    const before = new Map([
      [1, 5],
      [2, 7],
    ]);
    const after = new Map([
      [1, 6],
      [3, 0.5],
    ]);
    expect(spentSince(before, after)).toBe(1.5);
  });
});

describe("where datagrams are measured", () => {
  const place = OTHER_PLACES.find(({ of }) => of === "datagrams")!;

  it("there are the systems that carry them, and some that are nowhere else", () => {
    const there = Object.keys(SYSTEMS).filter((key) => isMeasuredIn(place, key));
    expect(there).toEqual([
      "florenetes",
      "yggdrasil",
      "yggdrasil-tls",
      "nebula",
      "florenetes-portable",
      "socat",
      "kernel",
    ]);
    const usual = Object.keys(SYSTEMS).filter((key) => isMeasuredIn(USUAL_PLACE, key));
    expect(usual).not.toContain("socat");
    expect(usual).toContain("haproxy");
  });

  it("a round takes one rate, and seeks the highest", () => {
    const plan = planIn(place, FULL);
    expect(plan.repeats).toBe(FULL.repeats);
    expect(stepsOf(plan, place).map(([, name]) => name)).toEqual([
      "datagrams, 100 Mbit/s",
      "datagrams, the highest rate",
    ]);
  });
});

describe("socat's words", () => {
  it("have a relay for whoever comes, from one node to the next", () => {
    expect(relayWords("echo", "10.78.1.2", "10.78.2.2")).toEqual([
      "TCP4-LISTEN:9002,bind=10.78.1.2,reuseaddr,fork",
      "TCP4:10.78.2.2:9002",
    ]);
  });

  it("serve the workloads of the first node and the last", () => {
    expect(relayWords("datagrams", undefined, "10.78.1.2").slice(-2)).toEqual([
      "UDP4-LISTEN:16001,bind=127.0.0.1,reuseaddr,fork",
      "UDP4:10.78.1.2:9003",
    ]);
    expect(relayWords("datagrams", "10.78.3.2", undefined).at(-1)).toBe("UDP4:127.0.0.1:6001");
  });
});

const hasCompiler = ["cc", "gcc", "clang"].some((name) => existsSync(`/usr/bin/${name}`));

describe.skipIf(!hasCompiler)("the program that sends and receives", () => {
  it("counts what was sent and what came, once somebody answers", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bench-"));
    try {
      const program = compileProgram("datagrams", folder);
      const port = String(await freePort());
      const receiver = spawn(program, ["receive", "127.0.0.1", port], { stdio: ["pipe", "pipe", "inherit"] });
      let said = "";
      receiver.stdout.on("data", (bytes: Buffer) => (said += bytes.toString()));
      const ended = once(receiver, "close");
      const sender = spawn(program, ["send", "127.0.0.1", port, "100", "1000", "0.2"], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let sent = "";
      sender.stdout.on("data", (bytes: Buffer) => (sent += bytes.toString()));
      await once(sender, "close");
      receiver.stdin.end();
      await ended;
      const count = (JSON.parse(sent) as { sent: number }).sent;
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThanOrEqual(200);
      // Over loopback, into a buffer that has room for all of them, nothing is lost.
      expect(JSON.parse(said.split("\n").at(-2)!)).toMatchObject({ received: count });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}
