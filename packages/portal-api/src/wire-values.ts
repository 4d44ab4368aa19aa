import type { florenetes } from "#generated/portal";
import type { LinkKey } from "./link.ts";
import { isGoodKey } from "./wish.ts";

type WireKey = florenetes.portal.v1.ILinkKey;

export function keyToWire({ peer, tag }: LinkKey): WireKey {
  return { peer, tag };
}

/** Undefined: it names no link. */
export function keyFromWire(wire: WireKey | null | undefined): LinkKey | undefined {
  const key = { peer: wire?.peer ?? "", tag: wire?.tag ?? "" };
  return isGoodKey(key) ? key : undefined;
}

/** The generated code says number and means number or Long, whichever library it found. */
export function toNumber(value: number | { readonly low: number; readonly high: number } | null | undefined): number {
  if (value === null || value === undefined) return 0;
  const number = typeof value === "number" ? value : (value.high >>> 0) * 0x1_0000_0000 + (value.low >>> 0);
  return Math.min(number, Number.MAX_SAFE_INTEGER);
}
