import type { quiche } from "@matrixai/quic/native/index.js";

export type NativeConnection = ReturnType<typeof quiche.Connection.connect>;

/**
 * Both ends' addresses as quiche is told them, always the same: to it, nobody ever moves. One packet from another address (with
 * NEW_CONNECTION_ID frames that retire IDs, and a PING) has quiche 0.18 turn in a circle for ever (CVE-2025-7054); without a
 * second path there is no circle. Short texts are read sooner.
 */
export const nowhere = { host: "::1", port: 1 };
const info = { from: nowhere, to: nowhere };

/** Never throws: quiche has closed the connection with a fitting code before it threw, or has ignored the bytes. */
export function receive(native: NativeConnection, datagram: Uint8Array): void {
  try {
    native.recv(datagram, info);
  } catch {
    // quiche knows already.
  }
}
