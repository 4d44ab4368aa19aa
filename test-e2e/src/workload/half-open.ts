// Starts QUIC handshakes with a link vertex from COUNT UDP ports, answers its Retry, and then says nothing more; again and again
// from the same ports for SECONDS. Prints {"started":n,"retries":n,"answered":n}: handshakes begun, Retry packets that came, and
// connections that went on after the Retry.
// Usage: half-open.ts BIND-HOST[,…] HOST PORT COUNT SECONDS IDENTITY-FOLDER
import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { loadCredentials } from "@florenetes/identity";
import { quicheEngine } from "@florenetes/quic/portable";
import type { QuicConfig, QuicConnection } from "@florenetes/quic";

const AGAIN_MS = 500;
const [bindHosts, host, port, count, seconds, folder] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string,
];
const peer = { host, port: Number(port) };
const config: QuicConfig = {
  credentials: loadCredentials(folder),
  applicationProtocol: "florenetes-link/1",
  idleTimeoutMs: 0,
  receivePayloadMax: 1_472,
  sendPayloadMax: 1_472,
  streams: { connectionWindow: 65_536, streamWindow: 65_536, streamWindowMax: 65_536, bidirectionalMax: 1 },
  congestionControl: "bbr",
};
const out = new Uint8Array(1_472);
const counts = { started: 0, retries: 0 };
/** IDs of connections that were answered, as the link vertex chose them: it repeats packets that are not acknowledged. */
const answered = new Set<string>();

const ports = await Promise.all(Array.from({ length: Number(count) }, (_, index) => openPort(index)));
for (const until = performance.now() + 1_000 * Number(seconds); performance.now() < until;) {
  for (const start of ports) start();
  await new Promise((done) => setTimeout(done, AGAIN_MS));
}
process.stdout.write(JSON.stringify({ ...counts, answered: answered.size }), () => process.exit());

async function openPort(index: number): Promise<() => void> {
  const addresses = bindHosts.split(",");
  const socket = createSocket("udp4");
  socket.bind({ address: addresses[index % addresses.length]!, port: 0 });
  await once(socket, "listening");
  let connection: QuicConnection | undefined;
  let isRetried = false;
  socket.on("message", (bytes) => {
    const header = quicheEngine.parseHeader(bytes, 8);
    if (header === undefined) return;
    if (header.type !== "retry") {
      answered.add(Buffer.from(header.sourceId).toString("hex"));
      return;
    }
    counts.retries += 1;
    if (isRetried) return;
    isRetried = true;
    connection?.handleDatagram(bytes, performance.now());
    transmit(socket, connection);
  });
  return () => {
    counts.started += 1;
    isRetried = false;
    connection = quicheEngine.connect(config, randomBytes(8), performance.now());
    transmit(socket, connection);
  };
}

function transmit(socket: Socket, connection: QuicConnection | undefined): void {
  const length = connection?.pollTransmit(out, performance.now()) ?? 0;
  if (length > 0) socket.send(Buffer.from(out.subarray(0, length)), peer.port, peer.host);
}
