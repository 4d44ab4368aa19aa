/*
 *   a ─────┐
 *          v ═════ w      the link from v to w has 4 Mbit/s: an honest upload from a wants all of it, and m, which has a valid certificate and
 *   m ─────┘              no manners, floods it with 12 Mbit/s, under marks that let packets go ahead
 */
import { appendFileSync, readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { setInterval as every } from "node:timers/promises";
import { TrafficClass } from "@florenetes/forwarding";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterEach, describe, expect, test } from "vitest";
import { MaliciousVertex, meshPacket, shortPacket } from "../src/attackers/malicious-vertex.ts";
import { freePort } from "../src/free-port.ts";
import { PATIENCE } from "../src/patience.ts";

const RATE = "4 Mbit/s";
const FLOOD_BITS_PER_SECOND = 12_000_000;
const FLOOD_PACKET = 1_200;
const TURN_MS = 4;
const UNKNOWN = 777_777;
/** Bytes of the upload by which the shares are judged: a second's worth and more. */
const ENOUGH = 400_000;
/** The least share of the upload. Each side has a half; a queue that chose by class left 0.08. Tests of the queue, in virtual time, hold
 *  it to the percent. */
const SHARE_MIN = 0.35;

const { control, dns, interactive } = TrafficClass;

/** Takes all bytes that come, and counts them. */
class Sink {
  bytes = 0;
  readonly #server = createServer((socket) => {
    socket.on("data", (data) => (this.bytes += data.length)).on("error", () => {});
  });

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => void this.#server.listen(port, "127.0.0.1", resolve));
  }

  close(): void {
    this.#server.close();
  }
}

/** Sends as much as the tunnel takes, until it is stopped. */
class Upload {
  /** The tunnel has ended the connection. */
  isOver = false;
  readonly #socket: Socket;

  constructor(port: number) {
    const block = Buffer.alloc(16_384);
    this.#socket = connect(port, "127.0.0.1");
    const write = (): void => {
      while (this.#socket.writable && this.#socket.write(block));
    };
    this.#socket
      .on("connect", write)
      .on("drain", write)
      .on("error", () => {})
      .on("close", () => (this.isOver = true));
  }

  stop(): void {
    this.#socket.destroy();
  }
}

describe.each([
  ["by its link vertex", true],
  ["by its cluster vertex", false],
])("where the relay forwards %s", (_, isOffloaded) => {
  const ends: (() => void | Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  test("an honest stream keeps its share beside a flood that is marked as what goes ahead", async () => {
    const servicePort = await freePort();
    const lab = await openLab({
      cluster: "marked",
      nodes: { a: {}, m: {}, v: {}, w: {} },
      links: [{ between: ["a", "v"] }, { between: ["v", "m"] }, { between: ["v", "w"], rate: RATE }],
      transit: {
        v: [
          ["a", "w"],
          ["m", "w"],
        ],
      },
      services: { sink: { node: "w", target: `tcp://127.0.0.1:${servicePort}`, allow: ["user/alice"] } },
      tunnels: [{ node: "a", listen: "tcp://127.0.0.1:0", as: "user/alice", service: "sink", path: ["a", "v", "w"] }],
    });
    ends.push(() => lab.down());
    if (!isOffloaded) appendFileSync(lab.configFile("v", "cluster-flor"), "\ntransit-offload: false\n");
    await lab.up();
    const sink = new Sink();
    await sink.listen(servicePort);
    ends.push(() => sink.close());

    const m = await MaliciousVertex.replace(lab, "m");
    ends.push(() => m[Symbol.dispose]());
    const toW = Number(/peer: w,.*label: (\d+)/.exec(readFileSync(lab.configFile("v", "cluster-flor"), "utf8"))![1]);
    const port = Number(new URL(lab.tunnels[0]!.listen).port);
    let upload = new Upload(port);
    ends.push(() => upload.stop());
    // A busy machine may need more than one try until a first connection is there.
    const begin = (): number => {
      if (upload.isOver) upload = new Upload(port);
      return sink.bytes;
    };
    await expect.poll(begin, PATIENCE).toBeGreaterThan(0);
    /** Waits for so many bytes more of the upload, or until it is over. */
    const untilCarried = async (bytes: number): Promise<void> => {
      const goal = sink.bytes + bytes;
      await expect.poll(() => upload.isOver || sink.bytes > goal, PATIENCE).toBe(true);
      expect(upload.isOver).toBe(false);
    };
    // The upload knows the way's rate, and then how much of it the flood leaves.
    await untilCarried(ENOUGH / 3);
    const end = new AbortController();
    const flooding = flood(m, toW, end.signal).catch(() => {});
    ends.push(async () => {
      end.abort();
      await flooding;
    });
    await untilCarried(ENOUGH / 3);
    const [before, carriedBefore] = [sink.bytes, await carried(lab)];
    await untilCarried(ENOUGH);
    const [honest, all] = [sink.bytes - before, (await carried(lab)) - carriedBefore];
    expect(honest / all).toBeGreaterThan(SHARE_MIN);
  });
});

/** Floods the link from v to w with packets that w drops. */
async function flood(m: MaliciousVertex, toW: number, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  const classes = [control, dns, interactive];
  let sent = 0;
  for await (const _ of every(TURN_MS, undefined, { signal })) {
    const due = ((performance.now() - start) / 1_000) * (FLOOD_BITS_PER_SECOND / 8 / FLOOD_PACKET);
    // The flood does not make up for a moment in which this process stood still.
    sent = Math.max(sent, Math.floor(due) - 50);
    for (; sent < due; sent++) {
      const packet = meshPacket([toW, UNKNOWN], shortPacket(FLOOD_PACKET));
      packet[0]! |= classes[sent % classes.length]! << 1;
      m.send("v", packet);
    }
  }
}

/** Bytes that v has sent over its link to w. */
async function carried(lab: Lab): Promise<number> {
  const { linkFlor } = await lab.status("v");
  const { clusters } = linkFlor as unknown as {
    clusters: { links: { peer: string; classes: Record<string, { bytesSent: number }> }[] }[];
  };
  const { classes } = clusters[0]!.links.find(({ peer }) => peer === "w")!;
  return Object.values(classes).reduce((sum, { bytesSent }) => sum + bytesSent, 0);
}
