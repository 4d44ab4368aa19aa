/** Keys of people and programs that sign records: Ed25519, each with a name for people. */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { isName, NAME_FORM } from "@florenetes/operator-text";
import type { Signer } from "../fact.ts";
import { keyIdOf } from "../keys.ts";
import type { ListedKey } from "../root-body.ts";
import { authoringError } from "./authoring-error.ts";

export type PublicKey = Pick<ListedKey, "name" | "key">;

/** A key that is at hand. It can stand in a root descriptor's list, and sign. */
export type SigningKey = PublicKey & Signer;

/** Makes a key. The private one is for whoever keeps it. Throws ERR_FABRIC_PUBLIC_KEY for what is no name. */
export function makeSigningKey(name: string): SigningKey & { readonly privateKey: KeyObject } {
  if (!isName(name)) throw authoringError("ERR_FABRIC_PUBLIC_KEY", `"${name}" is no name: a name is ${NAME_FORM}`);
  const { privateKey } = generateKeyPairSync("ed25519");
  return { ...signingKeyOf(name, privateKey), privateKey };
}

/** The signer of a private key. Throws ERR_FABRIC_KEY_FOLDER when it is not Ed25519. */
export function signingKeyOf(name: string, privateKey: KeyObject): SigningKey {
  if (privateKey.asymmetricKeyType !== "ed25519") {
    throw authoringError(
      "ERR_FABRIC_KEY_FOLDER",
      `the private key is of another algorithm: ${privateKey.asymmetricKeyType}`,
    );
  }
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  const key = Buffer.from(x!, "base64url").toString("hex");
  return { name, key, keyId: keyIdOf(key), sign: (octets) => sign(null, octets, privateKey) };
}

/** A public key as a line that can be mailed: `ed25519 <64 hex digits> <name>`. */
export function writePublicKey({ name, key }: PublicKey): string {
  return `ed25519 ${key} ${name}\n`;
}

const LINE = /^ed25519\s+([0-9a-fA-F]{64})\s+(\S+)$/;
const ASSIGNMENT = /^([^=\s]+)=([0-9a-fA-F]{64})$/;

/** Reads what `writePublicKey` wrote, or `<name>=<64 hex digits>`. Throws ERR_FABRIC_PUBLIC_KEY. */
export function readPublicKey(text: string): PublicKey {
  const [, key, name] = LINE.exec(text.trim()) ?? [];
  const [, shortName, shortKey] = ASSIGNMENT.exec(text.trim()) ?? [];
  const read = { name: name ?? shortName ?? "", key: (key ?? shortKey ?? "").toLowerCase() };
  if (read.key !== "" && isName(read.name)) return read;
  throw authoringError("ERR_FABRIC_PUBLIC_KEY", "it is not one line of ed25519, 64 hex digits and a name");
}
