/*
 *   a ───── b ─▶ UDP      on a workloads break the rules of data sessions whose datagrams flow already, beside one that keeps to them
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type WorkloadFlow, type WorkloadSession, connectSession } from "@florenetes/data-session/workload";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PATIENCE, PATIENCE_MS } from "../src/patience.ts";
import { FrameType, RawSession, data, frame, number, open } from "../src/raw-session.ts";

/** Codes of docs/protocol/data-session.md. */
const UNSUPPORTED = 0x06;
const TOO_LARGE = 0x40;
const OUT_OF_TURN = 0x41;
const STREAM_ID = 0x42;

const FLOW = 1;
const FLOW_KIND = 2;
const MEGABYTE = 1_048_576;
const DATAGRAM_MAX = 65_507;

interface VertexStatus {
  readonly process: { readonly rssBytes: number };
  readonly sessions: readonly { readonly open: number; readonly ended: Readonly<Record<string, number>> }[];
}

const datagram = (bytes: string | Uint8Array, flow = FLOW): Buffer =>
  frame(FrameType.datagram, flow, Buffer.from(bytes));

/** Puts another octet at that place of a frame's head. */
function changed(bytes: Buffer, at: number, octet: number): Buffer {
  bytes[at] = octet;
  return bytes;
}

describe("whoever breaks the rules of data sessions behind datagrams", () => {
  const folder = mkdtempSync(join(tmpdir(), "flows-"));
  const path = join(folder, "mesh.sock");
  const echo = createSocket("udp4");
  let lab: Lab;
  /** This session keeps to the rules all the while. */
  let good: WorkloadSession;
  let steady: WorkloadFlow;

  beforeAll(async () => {
    echo.on("message", (bytes, from) => echo.send(bytes, from.port, from.address));
    echo.bind(0, "127.0.0.1");
    await once(echo, "listening");
    const target = `udp://127.0.0.1:${echo.address().port}`;
    lab = await openLab({
      cluster: "flows",
      nodes: { a: {}, b: {} },
      links: [{ between: ["a", "b"] }],
      services: { echo: { node: "b", target, allow: ["user/alice"] } },
      sessions: [{ node: "a", listen: `unix:${path}`, as: "user/alice", services: { echo: { path: ["a", "b"] } } }],
    });
    await lab.up();
    good = await connectSession(path);
    steady = await good.openFlow("echo");
  });
  afterAll(async () => {
    await good?.close();
    await lab?.down();
    echo.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function status(): Promise<VertexStatus> {
    return (await lab.status("a")).clusterFlor as unknown as VertexStatus;
  }

  /** A datagram may be lost beside a flood: it is sent until it comes back. */
  async function expectGood(): Promise<void> {
    const word = `still here ${performance.now()}`;
    let isBack = false;
    const look = (bytes: Buffer): void => void (isBack ||= String(bytes) === word);
    steady.on("datagram", look);
    await expect
      .poll(() => {
        if (!isBack) steady.send(Buffer.from(word));
        return isBack;
      }, PATIENCE)
      .toBe(true);
    steady.off("datagram", look);
  }

  /** A workload whose flow carries datagrams. */
  async function flowing(): Promise<RawSession> {
    const session = await (await RawSession.open(path)).greet();
    session.send(open(FLOW, "echo", FLOW_KIND));
    await expect
      .poll(() => {
        session.send(datagram("hello"));
        return session.frames.some(({ type, body }) => type === FrameType.datagram && String(body) === "hello");
      }, PATIENCE)
      .toBe(true);
    return session;
  }

  /** The frames that it sends, and the code and the words that it hears. */
  const breaks: [string, () => Uint8Array[], number, string][] = [
    ["has a datagram with a flag of nobody's", () => [changed(datagram("x"), 1, 0x04)], UNSUPPORTED, "unknown flag"],
    ["has a datagram too large for any socket", () => [datagram(Buffer.alloc(DATAGRAM_MAX + 1))], TOO_LARGE, "65508"],
    ["lies about a datagram's length", () => [changed(datagram("XXXXXXXXXX"), 3, 3), datagram("y")], UNSUPPORTED, ""],
    ["has bytes of a stream on its flow", () => [datagram("x"), data(FLOW, 0, Buffer.of(1))], OUT_OF_TURN, "no DATA"],
    ["names a flow of nobody", () => [datagram("x"), datagram("y", 2 ** 31 + 1)], STREAM_ID, "never opened"],
    ["names no flow", () => [datagram("x", 0)], 0x07, "of no stream"],
  ];

  test.each(breaks)(
    "a workload that %s is told why, and nobody else notices",
    async (_name, frames, code, words) => {
      using bad = await flowing();
      bad.send(...frames());
      const [end] = await Promise.all([bad.end(), expectGood()]);
      expect(end).toMatchObject({ code, text: expect.stringContaining(words) as string });
    },
    PATIENCE_MS,
  );

  test(
    "frames in pieces of one octet are whole frames, in their order",
    async () => {
      using session = await flowing();
      const pieces = Buffer.concat([datagram("in pieces"), frame(FrameType.ping, 0, number(7)), datagram("and again")]);
      session.socket.setNoDelay(true);
      for (const octet of pieces) session.send(Buffer.of(octet));
      const has = (type: number, words: string): boolean =>
        session.frames.some((each) => each.type === type && each.body.toString("latin1") === words);
      const pong = number(7).toString("latin1");
      await expect.poll(() => has(8, pong), PATIENCE).toBe(true);
      for (const words of ["in pieces", "and again"])
        await expect.poll(() => has(FrameType.datagram, words), PATIENCE).toBe(true);
    },
    PATIENCE_MS,
  );

  test(
    "a workload that ends in the middle of a datagram takes its flow with it, and nothing else",
    async () => {
      const before = (await status()).sessions[0]!.ended["CONNECTION_LOST"] ?? 0;
      using bad = await flowing();
      bad.send(datagram(Buffer.alloc(50_000)).subarray(0, 30_000));
      bad.socket.end();
      await expect.poll(async () => (await status()).sessions[0]!.ended["CONNECTION_LOST"], PATIENCE).toBe(before + 1);
      await expectGood();
    },
    PATIENCE_MS,
  );

  test(
    "workloads that flood their flows, and read nothing of what comes back, are held in bounded memory",
    async () => {
      await expectGood();
      const before = (await status()).process.rssBytes;
      const bad = await Promise.all(Array.from({ length: 3 }, () => flowing()));
      for (const session of bad) {
        session.socket.pause();
        for (let count = 0; count < 200; count++) {
          session.send(Buffer.concat(Array.from({ length: 1_000 }, () => datagram(""))));
          session.send(datagram(Buffer.alloc(60_000)));
        }
      }
      await expectGood();
      await expect.poll(() => bad.every(({ socket }) => socket.writableLength === 0), PATIENCE).toBe(true);
      await expectGood();
      expect((await status()).process.rssBytes - before).toBeLessThan(200 * MEGABYTE);
      for (const session of bad) session[Symbol.dispose]();
      await expect.poll(async () => (await status()).sessions[0]!.open, PATIENCE).toBe(1);
      await expectGood();
    },
    PATIENCE_MS,
  );
});
