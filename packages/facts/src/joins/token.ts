/**
 * Tokens: who has one may bring a node into the cluster. A token is the seed of an Ed25519 key. Records and messages have the public half of that key, or its id, alone, so that the
 * secret goes no further than from the operator who made it to the operator of the node.
 */
import { createPrivateKey, createPublicKey, hash, randomBytes, sign } from "node:crypto";
import type { Signer } from "../fact.ts";
import { keyIdOf } from "../keys.ts";

/** A token that is at hand. Its `keyId` is the subject of its record. */
export interface Token extends Signer {
  /** The raw Ed25519 public key: 32 octets in lower-case hex. */
  readonly key: string;
  /** The token as its bearer has it: a secret. */
  readonly text: string;
}

const BEGINNING = "flor-token-";
const SEED_SIZE = 32;
const CHECK_SIZE = 4;
/** The seed and its check in base64url: 36 octets have no padding. */
const FORM = /^flor-token-([A-Za-z0-9_-]{48})$/;
/** PKCS #8 around an Ed25519 seed (RFC 8410, 7). */
const PKCS8_BEGINNING = Buffer.from("302e020100300506032b657004220420", "hex");

/** Makes a token of 32 random octets. */
export function makeToken(): Token {
  return tokenOf(randomBytes(SEED_SIZE));
}

/** Reads the text of a token, with white space around it; undefined for any other text, and for one with a typing error. */
export function readToken(text: string): Token | undefined {
  const [, digits] = FORM.exec(text.trim()) ?? [];
  if (digits === undefined) return undefined;
  const token = tokenOf(Buffer.from(digits, "base64url").subarray(0, SEED_SIZE));
  return token.text === text.trim() ? token : undefined;
}

/** Whether a text is meant to be a token, in order or not. */
export function isTokenText(text: string): boolean {
  return text.trim().startsWith(BEGINNING);
}

function tokenOf(seed: Buffer): Token {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8_BEGINNING, seed]),
    format: "der",
    type: "pkcs8",
  });
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  const key = Buffer.from(x!, "base64url").toString("hex");
  const text = `${BEGINNING}${Buffer.concat([seed, checkOf(seed)]).toString("base64url")}`;
  return { key, keyId: keyIdOf(key), text, sign: (octets) => sign(null, octets, privateKey) };
}

/** The first octets of SHA-256 over the seed: whoever mistypes a letter is told at once. */
function checkOf(seed: Buffer): Buffer {
  return hash("sha256", Buffer.concat([Buffer.from("FLORENETES TOKEN\0"), seed]), "buffer").subarray(0, CHECK_SIZE);
}
