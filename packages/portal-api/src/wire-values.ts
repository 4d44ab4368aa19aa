import { florenetes } from "#generated/portal";
import { isShownAsIs } from "@florenetes/operator-text";
import { ADDRESS_LENGTH_MAX } from "./limits.ts";
import type { LinkKey, LinkWish } from "./link.ts";
import { isGoodKey } from "./wish.ts";

type WireKey = florenetes.portal.v1.ILinkKey;

export function keyToWire({ peer, tag }: LinkKey): WireKey {
  return { peer, tag };
}

/** Reads the key of a link; undefined: it names none. */
export function keyFromWire(wire: WireKey | null | undefined): LinkKey | undefined {
  const key = { peer: wire?.peer ?? "", tag: wire?.tag ?? "" };
  return isGoodKey(key) ? key : undefined;
}

/** Reads where a peer is seen; undefined: it is not told. An address that is cut would be another one, so one that is too long is none. */
export function addressFromWire(wire: string | null | undefined): string | undefined {
  return wire && isShownAsIs(wire, ADDRESS_LENGTH_MAX) ? wire : undefined;
}

const { Role: WireRole } = florenetes.portal.v1;

const ROLES = {
  originator: WireRole.ROLE_ORIGINATOR,
  acceptor: WireRole.ROLE_ACCEPTOR,
} as const satisfies Record<LinkWish["role"], number>;

const ROLE_OF_WIRE = new Map<number, LinkWish["role"]>(
  Object.entries(ROLES).map(([role, wire]) => [wire, role as LinkWish["role"]]),
);

export function roleToWire(role: LinkWish["role"]): florenetes.portal.v1.Role {
  return ROLES[role];
}

/** Undefined: this version knows no such role. */
export function roleFromWire(wire: number | null | undefined): LinkWish["role"] | undefined {
  return ROLE_OF_WIRE.get(wire ?? 0);
}

/** The types of the generated code have number, though its values may be Long, if it has found that library. */
type Uint64 = number | { readonly low: number; readonly high: number } | null | undefined;

/** At most 2^53 - 1, which stands for all greater values: good for times and counts, not for generations, which are compared exactly. */
export function toNumber(value: Uint64): number {
  if (value === null || value === undefined) return 0;
  const number = typeof value === "number" ? value : (value.high >>> 0) * 0x1_0000_0000 + (value.low >>> 0);
  return Math.min(number, Number.MAX_SAFE_INTEGER);
}

export function toBigInt(value: Uint64): bigint {
  if (value === null || value === undefined) return 0n;
  if (typeof value === "number") return BigInt(value);
  return (BigInt(value.high >>> 0) << 32n) | BigInt(value.low >>> 0);
}

/** The form of 64-bit numbers that the generated writer takes, though its types have only `number`. */
export function toUint64(value: bigint): number {
  const long = { low: Number(value & 0xffff_ffffn), high: Number(value >> 32n), unsigned: true };
  return long as unknown as number;
}
