import type { quiche } from "@matrixai/quic/native/index.js";

export type NativeConnection = ReturnType<typeof quiche.Connection.connect>;
export type ReceiveInfo = Parameters<NativeConnection["recv"]>[1];

/** Never throws: quiche has closed the connection with a fitting code before it threw, or has ignored the bytes. */
export function receive(native: NativeConnection, datagram: Uint8Array, info: ReceiveInfo): void {
  try {
    native.recv(datagram, info);
  } catch {
    // As said above.
  }
}
