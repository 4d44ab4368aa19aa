// Passes on what comes in, and does nothing else: a floor for the latency of processes in a row. On the way each message has one
// octet in front of it that tells its direction. Usage: relay.js RELAY (JSON, a `Relay` of relay-plan.ts)
import { createSocket } from "node:dgram";
import { connect, createServer, type Socket } from "node:net";
import { UnixDatagramSocket } from "@florenetes/native";
import type { Relay, RelaySocket } from "../relay-plan.ts";

/** Takes a message with its octet. */
type Send = (message: Uint8Array) => void;

const TOWARDS_D = 0;
const TOWARDS_A = 1;

const { sockets, towardsA, towardsD } = JSON.parse(process.argv[2]!) as Relay;
const sends = new Map<string, Send>();
for (const [name, socket] of Object.entries(sockets)) sends.set(name, open(name, socket));

function receive(name: string, message: Uint8Array): void {
  const out = (message[0] === TOWARDS_D ? towardsD : towardsA)[name];
  if (out !== undefined) sends.get(out)!(message);
}

function open(name: string, socket: RelaySocket): Send {
  if (socket.kind === "listen") return listenTcp(name, socket.host, socket.port);
  if (socket.kind === "connect") return connectTcp(name, socket.host, socket.port);
  if (socket.kind === "unix") return openUnix(name, socket.bind, socket.connect);
  return openUdp(name, socket.host, socket.port, socket.peer);
}

function listenTcp(name: string, host: string, port: number): Send {
  let newest: Socket | undefined;
  createServer({ noDelay: true }, (socket) => {
    newest = socket;
    passOn(name, socket, TOWARDS_D);
  }).listen(port, host);
  return (message) => newest?.write(message.subarray(1));
}

function connectTcp(name: string, host: string, port: number): Send {
  let open: Socket | undefined;
  return (message) => {
    if (open === undefined || open.destroyed) {
      open = connect({ host, port, noDelay: true });
      passOn(name, open, TOWARDS_A);
    }
    open.write(message.subarray(1));
  };
}

function passOn(name: string, socket: Socket, direction: number): void {
  socket.on("data", (bytes) => {
    const message = new Uint8Array(1 + bytes.length);
    message[0] = direction;
    message.set(bytes, 1);
    receive(name, message);
  });
  socket.on("error", () => socket.destroy());
}

/** The partner may not be there yet: then the message is lost, and the next one tries again. */
function openUnix(name: string, bind: string, partner: string): Send {
  const onDatagram = (datagram: Uint8Array | null): void => {
    if (datagram !== null) receive(name, datagram);
  };
  const socket = UnixDatagramSocket.open(partner, onDatagram, () => undefined);
  if (typeof socket === "number" || socket.bind(bind) !== 0) throw new Error(`${bind} cannot be bound`);
  let isConnected = false;
  return (message) => {
    isConnected ||= socket.connect(partner) === 0;
    if (isConnected) socket.send(message);
  };
}

function openUdp(name: string, host: string, port: number, peer: string): Send {
  const socket = createSocket("udp4", (message) => receive(name, message));
  let isConnected = false;
  socket.bind(port, host, () => socket.connect(port, peer, () => (isConnected = true)));
  // What nobody listens to yet comes back as an error.
  socket.on("error", () => undefined);
  return (message) => {
    if (isConnected) socket.send(message);
  };
}
