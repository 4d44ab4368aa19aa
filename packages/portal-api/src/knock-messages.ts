import type { florenetes } from "#generated/portal";
import type { Knock } from "./link.ts";
import { addressFromWire, keyFromWire, keyToWire } from "./wire-values.ts";

const KEY_HASH_LENGTH = 32;

export function knockToWire(knock: Knock | undefined): florenetes.portal.v1.IKnock {
  if (knock === undefined) return {};
  const { keyHash, address } = knock;
  const told = { key: keyToWire(knock), keyHash: Buffer.from(keyHash, "hex") };
  return address === undefined ? told : { ...told, address };
}

/** Undefined: it makes no sense without a name or a key. */
export function knockFromWire(wire: florenetes.portal.v1.IKnock): Knock | undefined {
  const key = keyFromWire(wire.key);
  const hash = wire.keyHash ?? new Uint8Array(0);
  if (key === undefined || hash.length !== KEY_HASH_LENGTH) return undefined;
  const address = addressFromWire(wire.address);
  return { ...key, keyHash: Buffer.from(hash).toString("hex"), ...(address !== undefined && { address }) };
}
