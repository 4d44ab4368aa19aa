/**
 * Measures the cost of data sessions beside that of plain tunnels, with the engine that FLORENETES_ENGINE names:
 *
 *     node scripts/with-toolchain.mjs node --conditions=@florenetes/source tools/bench/src/sessions.ts
 *
 * A mesh of two nodes on loopback; bytes go one way, from a workload on `a` to one on `b` that throws them away. CPU time is that of
 * cluster-flor of `a`, which has the sockets of the workloads.
 */
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { type WorkloadSession, connectSession } from "@florenetes/data-session/workload";
import { type Lab, openLab } from "@florenetes/meshlab";

const MEGABYTES = 400;
const PIECE = Buffer.alloc(65_536);
const IDLE_STREAMS = 1_000;
const CLOCK_TICKS_PER_SECOND = 100;
/** Counts and buffers settle in this time. */
const SETTLE_MS = 1_500;

type Open = () => Promise<Writable>;

/** Seconds of CPU time of all threads of a process so far. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
}

function residentKilobytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]);
}

/** Sends `MEGABYTES` over this many streams together, and waits until the far end has all of them. */
async function send(open: Open, streams: number, arrived: () => number): Promise<void> {
  const each = (MEGABYTES * 1_000_000) / streams;
  const before = arrived();
  const open_ = await Promise.all(Array.from({ length: streams }, open));
  await Promise.all(
    open_.map(async (stream) => {
      for (let sent = 0; sent < each; sent += PIECE.length) if (!stream.write(PIECE)) await once(stream, "drain");
    }),
  );
  while (arrived() - before < MEGABYTES * 1_000_000) await sleep(5);
  for (const stream of open_) stream.destroy();
}

async function measure(name: string, open: Open, pid: number, arrived: () => number): Promise<void> {
  await send(open, 1, arrived);
  for (const streams of [1, 8]) {
    const cpu = cpuSeconds(pid);
    const own = process.cpuUsage();
    const start = performance.now();
    await send(open, streams, arrived);
    const seconds = (performance.now() - start) / 1_000;
    const { user, system } = process.cpuUsage(own);
    const perGigabyte = (value: number): string => ((value * 1_000) / MEGABYTES).toFixed(2);
    const rate = Math.round((MEGABYTES * 8) / seconds);
    const costs = `${perGigabyte(cpuSeconds(pid) - cpu)} CPU s/GB, ${perGigabyte((user + system) / 1e6)} in workloads`;
    process.stdout.write(`${name}, ${streams} streams: ${rate} Mbit/s, ${costs}\n`);
  }
}

async function measureIdle(name: string, open: Open, pid: number): Promise<void> {
  await sleep(SETTLE_MS);
  const before = residentKilobytes(pid);
  const streams: Writable[] = [];
  for (let count = 0; count < IDLE_STREAMS; count++) {
    const stream = await open();
    stream.write("x");
    streams.push(stream);
  }
  await sleep(SETTLE_MS);
  const each = (residentKilobytes(pid) - before) / IDLE_STREAMS;
  process.stdout.write(`${name}, ${IDLE_STREAMS} idle streams: ${each.toFixed(1)} KB each\n`);
  for (const stream of streams) stream.destroy();
  await sleep(SETTLE_MS);
}

async function run(lab: Lab, session: WorkloadSession, arrived: () => number): Promise<void> {
  const { pid } = lab.pids().find(({ node, process: name }) => node === "a" && name === "cluster-flor")!;
  const port = Number(new URL(lab.tunnels[0]!.listen).port);
  const overTunnel: Open = async () => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    await once(socket, "connect");
    return socket;
  };
  const overSession: Open = async () => (await session.open("sink")).on("error", () => {});
  // Memory that bulk leaves behind would hide the memory of a stream: so idle streams come first.
  await measureIdle("tunnel", overTunnel, pid);
  await measureIdle("session", overSession, pid);
  await measure("tunnel", overTunnel, pid, arrived);
  await measure("session", overSession, pid, arrived);
}

const folder = mkdtempSync(join(tmpdir(), "sessions-"));
let bytes = 0;
const sink = createServer((socket: Socket) => {
  socket.on("data", (piece) => (bytes += piece.length)).on("error", () => {});
}).listen(0, "127.0.0.1");
await once(sink, "listening");
const path = ["a", "b"];
const lab = await openLab({
  cluster: "sessions",
  nodes: { a: {}, b: {} },
  links: [{ between: ["a", "b"] }],
  services: {
    sink: { node: "b", target: `tcp://127.0.0.1:${(sink.address() as AddressInfo).port}`, allow: ["user/alice"] },
  },
  tunnels: [{ node: "a", listen: "tcp://127.0.0.1:0", as: "user/alice", service: "sink", path }],
  sessions: [
    { node: "a", listen: `unix:${join(folder, "mesh.sock")}`, as: "user/alice", services: { sink: { path } } },
  ],
});
try {
  await lab.up();
  const session = await connectSession(join(folder, "mesh.sock"));
  await run(lab, session, () => bytes);
  await session.close();
} finally {
  await lab.down();
  sink.close();
  rmSync(folder, { recursive: true });
}
