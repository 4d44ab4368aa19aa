/*
 *   a ───── b      on a workloads break the rules of data sessions, beside one that keeps to them
 */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type WorkloadSession, type WorkloadStream, connectSession } from "@florenetes/data-session/workload";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PATIENCE, PATIENCE_MS } from "../src/patience.ts";
import { FrameType, RawSession, auth, data, frame, greeting, hello, number, open } from "../src/raw-session.ts";

/** Codes of docs/protocol/data-session.md. */
const NOT_ALLOWED = 0x04;
const MALFORMED = 0x07;
const TOO_MANY_STREAMS = 0x12;
const TOO_LARGE = 0x40;
const OUT_OF_TURN = 0x41;
const STREAM_ID = 0x42;
const OVER_CREDIT = 0x43;
const SEQUENCE = 0x44;

const MEGABYTE = 1_048_576;
/** The most bytes that a session keeps for its workload: bytes that wait for the workload to read, and a window for each stream. */
const KEPT_MAX = 100 * MEGABYTE;

interface VertexStatus {
  readonly process: { readonly rssBytes: number };
  readonly sessions: readonly {
    readonly open: number;
    readonly refused: Readonly<Record<string, number>>;
    readonly ended: Readonly<Record<string, number>>;
  }[];
}

describe("whoever breaks the rules of data sessions", () => {
  const folder = mkdtempSync(join(tmpdir(), "sessions-"));
  const path = join(folder, "mesh.sock");
  let lab: Lab;
  /** This session keeps to the rules all the while. */
  let good: WorkloadSession;
  let steady: WorkloadStream;

  beforeAll(async () => {
    const service = { node: "b", target: "self:echo", allow: ["user/alice"] };
    lab = await openLab({
      cluster: "sessions",
      nodes: { a: {}, b: {} },
      links: [{ between: ["a", "b"] }],
      services: { echo: service },
      sessions: [
        {
          node: "a",
          listen: `unix:${path}`,
          as: "user/alice",
          services: { echo: { path: ["a", "b"] } },
          "max-streams": 500,
          "max-sessions": 8,
        },
      ],
    });
    await lab.up();
    good = await connectSession(path);
    steady = await good.open("echo");
  });
  afterAll(async () => {
    await good?.close();
    await lab?.down();
    rmSync(folder, { recursive: true, force: true });
  });

  async function status(): Promise<VertexStatus> {
    return (await lab.status("a")).clusterFlor as unknown as VertexStatus;
  }

  async function expectGood(): Promise<void> {
    const word = `still here ${performance.now()}`;
    const heard = once(steady, "data");
    steady.write(word);
    expect(String((await heard)[0])).toBe(word);
  }

  const bytes = Buffer.alloc(60_000);
  /** Whether the workload greets first, the frames that it sends then, and the code and the words that it hears. */
  const breaks: [string, boolean, () => Uint8Array[], number, string][] = [
    [
      "sends DATA before SESSION_READY",
      false,
      () => [hello(), auth(), data(1, 0, bytes.subarray(0, 9))],
      OUT_OF_TURN,
      "SESSION_READY",
    ],
    [
      "says nothing that is a frame",
      false,
      () => [Buffer.from("GET / HTTP/1.1\r\nHost: mesh\r\n\r\n")],
      TOO_LARGE,
      "body",
    ],
    ["stands for somebody else", false, () => [greeting("user/bob")], NOT_ALLOWED, "stands for user/alice"],
    ["lies about credit", true, () => [open(1, "echo"), data(1, 0, bytes)], OVER_CREDIT, "credit for"],
    ["leaves out bytes", true, () => [open(1, "echo"), data(1, 7, bytes.subarray(0, 9))], SEQUENCE, "goes on at"],
    ["acknowledges too much", true, () => [open(1, "echo"), frame(FrameType.ack, 1, number(9))], SEQUENCE, "ACK of 9"],
    ["opens 2^31 streams", true, () => manyStreams(), TOO_MANY_STREAMS, "one too many, 500 may be open"],
    ["names a stream of nobody", true, () => [data(2 ** 31 + 1, 0, bytes.subarray(0, 1))], STREAM_ID, "never opened"],
    ["uses an id twice", true, () => [open(5, "echo"), open(3, "echo")], STREAM_ID, "opened before"],
    ["has a frame cut short", true, () => [frame(FrameType.ack, 1, Buffer.of(1))], MALFORMED, "ends too early"],
  ];

  function manyStreams(): Uint8Array[] {
    const opens = Array.from({ length: 501 }, (_, at) => open(1n + 2n * BigInt(at), "echo"));
    return [Buffer.concat(opens)];
  }

  test.each(breaks)(
    "a workload that %s is told why, and nobody else notices",
    async (_name, isGreeting, frames, code, words) => {
      using bad = await RawSession.open(path);
      if (isGreeting) await bad.greet();
      else bad.listen();
      bad.send(...frames());
      const [end] = await Promise.all([bad.end(), expectGood()]);
      expect(end).toMatchObject({ code, text: expect.stringContaining(words) as string });
    },
    PATIENCE_MS,
  );

  test(
    "a workload that asks for signs of life and reads none of them is hung up on",
    async () => {
      const before = (await status()).sessions[0]!.ended["FLOODING"] ?? 0;
      using bad = await (await RawSession.open(path)).greet();
      bad.socket.pause();
      for (let asked = 0; asked < 100_000; asked++) bad.send(frame(FrameType.ping, 0, number(asked)));
      await expect.poll(async () => (await status()).sessions[0]!.ended["FLOODING"], PATIENCE).toBe(before + 1);
      await expectGood();
    },
    PATIENCE_MS,
  );

  test(
    "a workload that ends in the middle of a frame takes its streams with it, and nothing else",
    async () => {
      const before = (await status()).sessions[0]!.ended["CONNECTION_LOST"] ?? 0;
      using bad = await RawSession.open(path);
      await bad.greet();
      bad.send(open(1, "echo"), data(1, 0, Buffer.from("hello")).subarray(0, 20));
      // The stream was answered: the vertex has then read the beginning of the frame behind it, too.
      await expect.poll(() => bad.frames.some(({ type }) => type === FrameType.open), PATIENCE).toBe(true);
      bad.socket.destroy();
      await expect.poll(async () => (await status()).sessions[0]!.ended["CONNECTION_LOST"], PATIENCE).toBe(before + 1);
      await expectGood();
    },
    PATIENCE_MS,
  );

  test(
    "workloads that never read what their streams give back are held back, in bounded memory",
    async () => {
      await expectGood();
      const before = (await status()).process.rssBytes;
      const bad = await Promise.all(Array.from({ length: 3 }, async () => (await RawSession.open(path)).greet()));
      const size = 4_096;
      for (const { socket } of bad) {
        socket.pause();
        for (let stream = 1; stream < 800; stream += 2)
          socket.write(Buffer.concat([open(stream, "echo"), data(stream, 0, bytes.subarray(0, size))]));
      }
      await expect.poll(async () => (await status()).sessions[0]!.open, PATIENCE).toBe(4);
      await expectGood();
      await expect.poll(async () => (await status()).process.rssBytes - before, PATIENCE).toBeLessThan(3 * KEPT_MAX);
      for (const each of bad) each[Symbol.dispose]();
      await expect.poll(async () => (await status()).sessions[0]!.open, PATIENCE).toBe(1);
      await expectGood();
    },
    PATIENCE_MS,
  );

  test(
    "more sessions than there may be are refused, and those that are there go on",
    async () => {
      const others = await Promise.all(Array.from({ length: 7 }, () => connectSession(path)));
      await expect(connectSession(path)).rejects.toMatchObject({
        code: 0x08,
        message: expect.stringContaining("as many sessions"),
      });
      await Promise.all(others.map((each) => each.close()));
      await expectGood();
      expect((await status()).sessions[0]!.refused).toMatchObject({ OVER_BUDGET: 1 });
    },
    PATIENCE_MS,
  );
});
