/**
 * Packets per second through two link-flor processes on loopback, and the CPU time that each spends on a packet. The packets come
 * from and go to this process, over FlorIO.
 *
 *     node --conditions=@florenetes/source bench/throughput.ts [seconds] [packet size] [node arguments of the link-flors ...]
 */
import { readFileSync } from "node:fs";
import { Identities } from "../test/quic-link/identities.ts";
import { LinkProcess, until } from "../test/processes/link-process.ts";

const seconds = Number(process.argv[2] ?? 5);
const size = Number(process.argv[3] ?? 1_300);
const nodeArguments = process.argv.slice(4);
const cluster = "demo";
const packetsPerTurn = 32;

const ids = new Identities();
const start = (name: string): Promise<LinkProcess> =>
  LinkProcess.start([{ cluster, identity: ids.issue(name) }], { nodeArguments });
const linkA = await start("a");
const linkB = await start("b");
const [a, b] = [linkA.vertex("a"), linkB.vertex("b")];
b.accept("a");
a.originate("b", linkB.endpoint());
await until("up", () => a.status("b")?.state === "up" && b.status("a")?.state === "up");

let received = 0;
let bytes = 0;
b.onPacket = (_handle, _packet, from, to) => {
  received++;
  bytes += to - from;
};
const packet = new Uint8Array(size).fill(7);
const cpuBefore = [cpuMs(linkA), cpuMs(linkB)];
const begin = performance.now();
let sent = 0;
while (performance.now() - begin < seconds * 1_000) {
  // The sender holds back while the link says that it is full, as a cluster vertex does.
  if (a.isWritable && a.status("b")?.isCongested !== true) {
    for (let i = 0; i < packetsPerTurn; i++) if (a.send("b", packet)) sent++;
  }
  await new Promise((done) => setImmediate(done));
}
const duration = (performance.now() - begin) / 1_000;
const cpu = [linkA, linkB].map((link, i) => ((cpuMs(link) - cpuBefore[i]!) * 1_000) / Math.max(1, received));
const [row] = (await linkA.status()).clusters[0]!.links;
const perSecond = received / duration;
process.stdout.write(
  `${Math.round(perSecond)} packets/s of ${size} bytes, ${((bytes * 8) / duration / 1e6).toFixed(0)} Mbit/s, ` +
    `sent ${sent}, arrived ${((100 * received) / sent).toFixed(1)} %; ` +
    `CPU per packet: sender ${cpu[0]!.toFixed(1)} µs, receiver ${cpu[1]!.toFixed(1)} µs\n`,
);
process.stdout.write(`${JSON.stringify({ lost: row!.packetsLost, drops: row!.drops, rttMs: row!.rttMs })}\n`);
await linkA.stop("SIGTERM");
await linkB.stop("SIGTERM");
await linkA.dispose();
await linkB.dispose();

function cpuMs(link: LinkProcess): number {
  const fields = readFileSync(`/proc/${link.child.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
