import { Code } from "../codes.ts";
import type { ConnectionRole } from "./connection-role.ts";
import { ControlState, type ControlStream } from "../streams/control-stream.ts";
import type { EndConnection } from "./end-connection.ts";
import { initialSizeMin } from "../limits.ts";
import { decodeHello, decodeRenew, decodeSize, decodeStop } from "../messages.ts";

/** Does what the peer says on the control stream, up to a turn's share; what is left is read in the next one. */
export function readControl(
  connection: EndConnection,
  control: ControlStream,
  role: ConnectionRole,
  now: number,
): void {
  for (let left = connection.limits.controlMessagesPerTurn; left > 0; left--) {
    const state = control.receive();
    if (state === ControlState.waiting || connection.state !== "open") return;
    if (state === ControlState.over) {
      return connection.close(Code.malformed, "the control stream must stay open", now);
    }
    if (state === ControlState.unsupported) return connection.close(Code.unsupported, "control message", now);
    if (connection.peerInstance === undefined) handleHello(connection, control.body, role, now);
    else handleMessage(connection, control.body, role, now);
  }
  connection.handleUnread();
}

function handleHello(connection: EndConnection, body: Uint8Array, role: ConnectionRole, now: number): void {
  const hello = decodeHello(body);
  if (hello === undefined) return connection.close(Code.malformed, "hello", now);
  connection.peerInstance = hello;
  const refusal = role.handleHello(connection, hello, now);
  if (refusal !== undefined) connection.refuse(refusal, now);
}

/** What is not known here is of a later version. */
function handleMessage(connection: EndConnection, body: Uint8Array, role: ConnectionRole, now: number): void {
  if (decodeRenew(body)) return role.handleRenewal(connection, now);
  const size = decodeSize(body);
  if (size !== undefined) return connection.sender.shrink(Math.max(size, initialSizeMin));
  const stop = decodeStop(body);
  if (stop === undefined) return;
  const relay = connection.relays.get(stop.stream);
  if (relay === undefined) return connection.opening?.handleStopped(stop.stream);
  relay.abort(stop.code);
  connection.handleReset(relay);
}
