// Passes on to each of two sockets what comes in on the other, and does nothing else: a floor for the latency of processes in a row.
// Usage: relay.js SOCKETS (JSON, two `RelaySocket`s)
import { createSocket } from "node:dgram";
import { connect, createServer, type Socket } from "node:net";
import { UnixDatagramSocket } from "@florenetes/native";

export type RelaySocket =
  /** The workload's client connects to this socket. The newest connection counts. */
  | { readonly kind: "listen"; readonly host: string; readonly port: number }
  /** Connects to the workload's server with the first bytes for it. */
  | { readonly kind: "connect"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly bind: string; readonly connect: string }
  | { readonly kind: "udp"; readonly host: string; readonly port: number; readonly peer: string };

type Send = (message: Uint8Array) => void;

const [left, right] = JSON.parse(process.argv[2]!) as [RelaySocket, RelaySocket];
const sendLeft = open(left, (message) => sendRight(message));
const sendRight = open(right, (message) => sendLeft(message));

function open(socket: RelaySocket, onMessage: Send): Send {
  if (socket.kind === "unix") return openUnix(socket.bind, socket.connect, onMessage);
  if (socket.kind === "udp") return openUdp(socket.host, socket.port, socket.peer, onMessage);
  return openTcp(socket, onMessage);
}

function openTcp({ kind, host, port }: RelaySocket & { kind: "listen" | "connect" }, onMessage: Send): Send {
  let socket: Socket | undefined;
  const use = (newest: Socket): Socket => {
    socket = newest.on("data", onMessage).on("error", () => newest.destroy());
    return socket;
  };
  if (kind === "listen") createServer({ noDelay: true }, use).listen(port, host);
  return (message) => {
    if (kind === "connect" && socket?.destroyed !== false) use(connect({ host, port, noDelay: true }));
    socket?.write(message);
  };
}

/** If the partner is not there yet, the message is lost, and the next message tries again. */
function openUnix(bind: string, partner: string, onMessage: Send): Send {
  const onDatagram = (datagram: Uint8Array | null): void => {
    if (datagram !== null) onMessage(datagram);
  };
  const socket = UnixDatagramSocket.open(partner, onDatagram, () => undefined);
  if (typeof socket === "number" || socket.bind(bind) !== 0) throw new Error(`${bind} cannot be bound`);
  let isConnected = false;
  return (message) => {
    isConnected ||= socket.connect(partner) === 0;
    if (isConnected) socket.send(message);
  };
}

function openUdp(host: string, port: number, peer: string, onMessage: Send): Send {
  const socket = createSocket("udp4", onMessage);
  let isConnected = false;
  socket.bind(port, host, () => socket.connect(port, peer, () => (isConnected = true)));
  // A datagram to a port where nobody listens yet comes back as an error.
  socket.on("error", () => undefined);
  return (message) => {
    if (isConnected) socket.send(message);
  };
}
