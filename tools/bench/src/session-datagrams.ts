/**
 * Measures what datagrams cost on flows of data sessions beside those of a UDP tunnel, with the engine that FLORENETES_ENGINE names:
 *
 *     node scripts/with-toolchain.mjs node --conditions=@florenetes/source tools/bench/src/session-datagrams.ts
 *
 * A mesh of two nodes on loopback. Datagrams go one way, in bursts, from a workload on `a` to one on `b` that counts them; both workloads
 * are this process. CPU time is that of all threads of cluster-flor, each end by itself.
 */
import { type Socket, createSocket } from "node:dgram";
import { once } from "node:events";
import { closeSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectSession, openSession } from "@florenetes/data-session/workload";
import { type Lab, openLab } from "@florenetes/meshlab";
import { batchSend, openBatchSocket, socketAddress } from "@florenetes/native";
import { medianOf } from "./figures.ts";

/** A datagram of vpn-flor has so many bytes for a packet of 1,280. */
const SIZE = 1_281;
const SECONDS = 2;
const ROUNDS = 3;
const BURST_MS = 2;
/** A burst after a pause is held below so many. */
const BURST_MAX = 32;
/** Datagrams a second: the rates of a light transfer and of a download. */
const RATES = [5_000, 15_000] as const;
const SETTLE_MS = 500;

/** Sends datagrams, all of them at once. */
type Send = (count: number) => void;

interface Threads {
  /** Nanoseconds of CPU time of the main thread. */
  readonly main: number;
  /** Nanoseconds of CPU time of all others. */
  readonly others: number;
}

interface Sample extends Threads {
  readonly node: string;
}

function threadsOf(pid: number): Threads {
  let main = 0;
  let others = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const spent = Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
    if (thread === String(pid)) main += spent;
    else others += spent;
  }
  return { main, others };
}

/** Sends at a rate, in bursts, for so many seconds. Returns how many it has sent: fewer where the machine has kept it waiting. */
async function sendAt(rate: number, send: Send): Promise<number> {
  const start = performance.now();
  let due = 0;
  let sent = 0;
  for (let elapsed = 0; elapsed < SECONDS * 1_000; elapsed = performance.now() - start) {
    const count = Math.min(Math.floor(((elapsed + BURST_MS) * rate) / 1_000) - due, BURST_MAX);
    due = Math.floor(((elapsed + BURST_MS) * rate) / 1_000);
    send(count);
    sent += count;
    await sleep(BURST_MS);
  }
  return sent;
}

class Run {
  readonly #lab: Lab;
  readonly #arrived: () => number;
  readonly #figures = new Map<string, number[]>();

  constructor(lab: Lab, arrived: () => number) {
    this.#lab = lab;
    this.#arrived = arrived;
  }

  async measure(name: string, rate: number, send: Send): Promise<void> {
    const before = this.#samples();
    const arrivedBefore = this.#arrived();
    const own = process.cpuUsage();
    const sent = await sendAt(rate, send);
    const { user, system } = process.cpuUsage(own);
    await sleep(SETTLE_MS);
    const arrived = this.#arrived() - arrivedBefore;
    const note = (what: string, value: number): void => {
      const key = `${name}, ${rate}/s: ${what}`;
      this.#figures.set(key, [...(this.#figures.get(key) ?? []), value]);
    };
    for (const [index, { node, main, others }] of this.#samples().entries()) {
      note(`${node} main thread, µs each`, (main - before[index]!.main) / sent / 1_000);
      note(`${node} others, µs each`, (others - before[index]!.others) / sent / 1_000);
    }
    note("workloads, µs each", (user + system) / sent);
    note("% lost", (1 - arrived / sent) * 100);
  }

  print(): void {
    for (const [key, figures] of this.#figures) {
      process.stdout.write(
        `${key}: ${medianOf(figures)!.toFixed(1)}  (${figures.map((figure) => figure.toFixed(1)).join(", ")})\n`,
      );
    }
  }

  #samples(): Sample[] {
    const clusters = this.#lab.pids().filter(({ process: name }) => name === "cluster-flor");
    return clusters.map(({ node, pid }) => ({ node, ...threadsOf(pid) }));
  }
}

async function run(lab: Lab, folder: string, arrived: () => number): Promise<void> {
  const port = Number(new URL(lab.tunnels[0]!.listen).port);
  const payload = new Uint8Array(SIZE);
  const client = createSocket("udp4");
  const onTunnel: Send = (count) => {
    for (let sent = 0; sent < count; sent++) client.send(payload, port, "127.0.0.1");
  };
  const descriptor = openBatchSocket("127.0.0.1", 0, false)!;
  const sendBatch = batchSend(descriptor);
  const address = socketAddress("127.0.0.1", port, false)!;
  const batchMax = Math.floor(65_000 / SIZE);
  const many = new Uint8Array(batchMax * SIZE);
  const onTunnelInBatches: Send = (count) => {
    for (let left = count; left > 0; left -= batchMax) {
      sendBatch(many, 0, Math.min(left, batchMax) * SIZE, SIZE, address);
    }
  };
  const session = await connectSession(join(folder, "mesh.sock"));
  const flow = await session.openFlow("sessions");
  const onFlow: Send = (count) => {
    for (let sent = 0; sent < count; sent++) flow.send(payload);
  };
  const systems: [string, Send][] = [
    ["tunnel", onTunnel],
    ["tunnel, in batches", onTunnelInBatches],
    ["session", onFlow],
  ];
  const figures = new Run(lab, arrived);
  // The first datagrams open connections and flows, and have functions compiled.
  for (let round = 0; round < 3; round++) for (const [, send] of systems) await sendAt(RATES[1], send);
  await sleep(SETTLE_MS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const rate of RATES) for (const [name, send] of systems) await figures.measure(name, rate, send);
  }
  figures.print();
  closeSync(descriptor);
  client.close();
  await session.close();
}

const folder = mkdtempSync(join(tmpdir(), "session-datagrams-"));
let arrived = 0;
const udpSink: Socket = createSocket({ type: "udp4", recvBufferSize: 4 << 20 }, () => arrived++);
udpSink.bind(0, "127.0.0.1");
await once(udpSink, "listening");
const sessionSink = createServer({ allowHalfOpen: true }, (socket) => {
  void openSession(socket, { onFlow: (flow) => flow.on("datagram", () => arrived++).answer() }).catch(() => {});
}).listen(join(folder, "sink.sock"));
await once(sessionSink, "listening");
const path = ["a", "b"];
const allow = ["user/alice"];
const lab = await openLab({
  cluster: "datagrams",
  nodes: { a: {}, b: {} },
  links: [{ between: ["a", "b"] }],
  services: {
    datagrams: { node: "b", target: `udp://127.0.0.1:${udpSink.address().port}`, allow },
    sessions: { node: "b", target: `session+unix:${join(folder, "sink.sock")}`, allow },
  },
  tunnels: [{ node: "a", listen: "udp://127.0.0.1:0", as: "user/alice", service: "datagrams", path }],
  sessions: [
    { node: "a", listen: `unix:${join(folder, "mesh.sock")}`, as: "user/alice", services: { sessions: { path } } },
  ],
});
try {
  await lab.up();
  await run(lab, folder, () => arrived);
} finally {
  await lab.down();
  udpSink.close();
  sessionSink.close();
  rmSync(folder, { recursive: true });
}
