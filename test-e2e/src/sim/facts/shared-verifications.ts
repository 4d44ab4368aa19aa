/**
 * Ed25519 for agents that share a process. A thousand agents verify the same signatures of the same records, each of them for itself: so
 * `node:crypto` remembers here what came of a verification, by the exact octets of key, message and signature. Agents run as they are, and do not know.
 */
import crypto, { type KeyObject } from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { hashSealing } from "./hashed-sealing.ts";

const { verify, createPublicKey } = crypto;

/** Outcomes that are remembered: in days of virtual time there are millions, of which only new ones come again. */
const OUTCOMES_MAX = 65_536;

/** Agents ask for answers, and give no callbacks. */
type Verify = (algorithm: null, message: Uint8Array, key: KeyObject, signature: Uint8Array) => boolean;

/** Keys by their base64url, so that one of them is one object. */
const keys = new Map<string, KeyObject>();
/** The names of these keys. */
const names = new WeakMap<KeyObject, string>();

/** Has all of this process share verifications, and seal for little, until the returned function is called. */
export function shareVerifications(): () => void {
  const outcomes = new Map<string, boolean>();
  const remembered: Verify = (algorithm, message, key, signature) => {
    const name = names.get(key);
    if (algorithm !== null || name === undefined) return verify(algorithm, message, key, signature);
    const id = `${name} ${textOf(message)} ${textOf(signature)}`;
    let outcome = outcomes.get(id);
    if (outcome === undefined) {
      outcome = verify(algorithm, message, key, signature);
      if (outcomes.size >= OUTCOMES_MAX) outcomes.clear();
      outcomes.set(id, outcome);
    }
    return outcome;
  };
  crypto.verify = remembered as typeof verify;
  crypto.createPublicKey = readKey;
  syncBuiltinESMExports();
  const stopHashing = hashSealing();
  return () => {
    stopHashing();
    Object.assign(crypto, { verify, createPublicKey });
    syncBuiltinESMExports();
  };
}

function readKey(input: Parameters<typeof createPublicKey>[0]): KeyObject {
  const { x } = (input as { readonly key?: { readonly x?: string } }).key ?? {};
  if (x === undefined) return createPublicKey(input);
  let key = keys.get(x);
  if (key === undefined) {
    key = createPublicKey(input);
    keys.set(x, key);
    names.set(key, x);
  }
  return key;
}

/** Octets, each as a character. */
function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
}
