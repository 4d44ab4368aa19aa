/** The frame format written a second time, with DataView and slices: slow, and from the same document alone. */
export type NaiveFrame =
  | { readonly kind: "data"; readonly handle: number; readonly packets: Uint8Array[] }
  | { readonly kind: "control"; readonly message: Uint8Array }
  | { readonly kind: "malformed" | "version" | "type" };

export function naiveDecode(bytes: Uint8Array): NaiveFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length > 0 && view.getUint8(0) !== 1) return { kind: "version" };
  if (bytes.length < 9 || bytes.length > 65_000) return { kind: "malformed" };
  const type = view.getUint8(1);
  if (type === 2) return { kind: "control", message: bytes.slice(8) };
  if (type !== 1) return { kind: "type" };
  const handle = view.getUint32(4);
  const packets = naivePackets(bytes.slice(8));
  return handle === 0 || packets === undefined ? { kind: "malformed" } : { kind: "data", handle, packets };
}

function naivePackets(bytes: Uint8Array): Uint8Array[] | undefined {
  if (bytes.length === 0) return [];
  if (bytes.length < 2) return undefined;
  const size = bytes[0]! * 256 + bytes[1]!;
  if (size === 0 || bytes.length < 2 + size) return undefined;
  const rest = naivePackets(bytes.slice(2 + size));
  return rest === undefined ? undefined : [bytes.slice(2, 2 + size), ...rest];
}

export function naiveEncode(handle: number, packets: readonly Uint8Array[]): Uint8Array {
  const parts: number[] = [1, 1, 0, 0];
  for (const shift of [24, 16, 8, 0]) parts.push(Math.floor(handle / 2 ** shift) % 256);
  for (const packet of packets) parts.push(Math.floor(packet.length / 256), packet.length % 256, ...packet);
  return Uint8Array.from(parts);
}
