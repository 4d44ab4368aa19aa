import { INITIAL_DATAGRAM_MIN } from "@florenetes/quic";
import { Code } from "../codes.ts";
import type { TransportLimits } from "../limits.ts";
import {
  type Hello,
  decodeFinish,
  decodeHello,
  decodeRenew,
  decodeSize,
  decodeStop,
  decodeTaken,
} from "../messages.ts";
import { ControlState, type ControlStream } from "../streams/control-stream.ts";
import type { ConnectionStreams } from "../streams/connection-streams.ts";
import type { StreamRelay } from "../streams/stream-relay.ts";
import { decodeGoaway, decodePressure, type NodePressure } from "../vertex-messages.ts";
import type { ConnectionRole } from "./connection-role.ts";

/** The parts of a connection that the peer's messages can change. */
export interface ControlledConnection {
  readonly limits: Pick<TransportLimits, "controlMessagesPerTurn">;
  readonly state: string;
  readonly sender: { shrink(payloadMax: number): void };
  readonly streams: Pick<ConnectionStreams, "relays" | "opening" | "readAgain">;
  /** Undefined before the peer's hello. */
  readonly peerHello: Hello | undefined;
  peerPressure: NodePressure | undefined;
  close(code: number, reason: string, now: number): void;
  handleHello(hello: Hello, now: number): void;
  handleReset(relay: StreamRelay): void;
  drain(): void;
}

/** Acts on the peer's control messages, up to a turn's share; the rest is read in the next turn. */
export function readControl<Connection extends ControlledConnection>(
  connection: Connection,
  control: ControlStream,
  role: ConnectionRole<Connection>,
  now: number,
): void {
  for (let left = connection.limits.controlMessagesPerTurn; left > 0; left--) {
    if (connection.state !== "open") return;
    const state = control.receive();
    if (state === ControlState.waiting) return;
    if (state === ControlState.over) {
      return connection.close(Code.malformed, "the control stream must stay open", now);
    }
    if (state === ControlState.unsupported) return connection.close(Code.unsupported, "control message", now);
    if (connection.peerHello === undefined) readHello(connection, control.body, now);
    else readMessage(connection, control.body, role, now);
  }
  connection.streams.readAgain();
}

function readHello(connection: ControlledConnection, body: Uint8Array, now: number): void {
  const hello = decodeHello(body);
  if (hello === undefined) connection.close(Code.malformed, "hello", now);
  else connection.handleHello(hello, now);
}

/** A message of unknown type is from a later version, and is ignored. */
function readMessage<Connection extends ControlledConnection>(
  connection: Connection,
  body: Uint8Array,
  role: ConnectionRole<Connection>,
  now: number,
): void {
  if (decodeFinish(body)) return role.isAcceptor ? connection.drain() : undefined;
  if (decodeRenew(body) || decodeGoaway(body)) return role.handleRenewal(connection, now);
  const pressure = decodePressure(body);
  if (pressure !== undefined) {
    connection.peerPressure = pressure;
    return role.handlePressure(connection, now);
  }
  const size = decodeSize(body);
  if (size !== undefined) return connection.sender.shrink(Math.max(size, INITIAL_DATAGRAM_MIN));
  const taken = decodeTaken(body);
  // A stream that is not there is over.
  if (taken !== undefined) return connection.streams.relays.get(taken.stream)?.handleTaken(taken);
  const stop = decodeStop(body);
  if (stop === undefined) return;
  const { relays, opening } = connection.streams;
  const relay = relays.get(stop.stream);
  if (relay === undefined) return opening?.handleStopped(stop.stream);
  relay.abort(stop.code);
  connection.handleReset(relay);
}
