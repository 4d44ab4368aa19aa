/**
 * The content of answers, which is sealed: docs/protocol/trace.md.
 *
 *     to "where am I?"       length (2)   what the vertex tells   length (2)   proof            parts (1)
 *     to "part k, please"    hash of the chain (32)   k (1)   parts (1)   octets of the part …
 *
 *     proof                  scheme (2)   hash of the chain (32)   signature …
 */
import { ByteReader, ByteWriter } from "./bytes.ts";
import { CHAIN_PARTS_MAX, CHAIN_PART_SIZE } from "./limits.ts";

/** A signature over an answer, and the chain by which it is to be judged. */
export interface AnswerProof {
  /** SignatureScheme of TLS 1.3. */
  readonly scheme: number;
  readonly signature: Uint8Array;
  /** SHA-256 of the chain's octets. */
  readonly chainHash: Uint8Array;
  /** The number of parts in which the chain's octets are sent. */
  readonly parts: number;
}

export interface AnswerContent {
  /** The vertex's word, as it is signed. */
  readonly told: Uint8Array;
  /** Undefined: the answer is not signed. */
  readonly proof: AnswerProof | undefined;
}

/** A part of the octets of a chain. */
export interface ChainPart {
  readonly chainHash: Uint8Array;
  /** From 1 on. */
  readonly part: number;
  readonly parts: number;
  readonly octets: Uint8Array;
}

const HASH_SIZE = 32;
const SCHEME_SIZE = 2;

export function encodeAnswerContent({ told, proof }: AnswerContent): Uint8Array {
  const out = new ByteWriter().int(told.length, 2).bytes(told);
  if (proof === undefined) return out.int(0, 2).int(0, 1).done();
  const { scheme, chainHash, signature, parts } = proof;
  out.int(SCHEME_SIZE + HASH_SIZE + signature.length, 2).int(scheme, SCHEME_SIZE);
  return out.bytes(chainHash).bytes(signature).int(parts, 1).done();
}

/** Undefined: it is none. What follows behind is of later versions. */
export function decodeAnswerContent(content: Uint8Array): AnswerContent | undefined {
  const reader = new ByteReader(content);
  const told = reader.bytes(reader.int(2));
  const proofSize = reader.int(2);
  if (reader.isBroken) return undefined;
  if (proofSize <= SCHEME_SIZE + HASH_SIZE) return { told, proof: undefined };
  const scheme = reader.int(SCHEME_SIZE);
  const chainHash = reader.bytes(HASH_SIZE);
  const signature = reader.bytes(proofSize - SCHEME_SIZE - HASH_SIZE);
  const parts = reader.int(1);
  if (reader.isBroken || parts === 0 || parts > CHAIN_PARTS_MAX) return undefined;
  return { told, proof: { scheme, signature, chainHash, parts } };
}

/** The number of parts in which a chain's octets are sent; undefined: the chain is too long to be sent. */
export function chainParts(octets: Uint8Array): number | undefined {
  const parts = Math.ceil(octets.length / CHAIN_PART_SIZE);
  return parts <= CHAIN_PARTS_MAX ? parts : undefined;
}

/** @param part From 1 on. @returns undefined: the chain has no such part */
export function encodeChainPart(chainHash: Uint8Array, octets: Uint8Array, part: number): Uint8Array | undefined {
  const parts = chainParts(octets);
  if (parts === undefined || part > parts) return undefined;
  const own = octets.subarray((part - 1) * CHAIN_PART_SIZE, part * CHAIN_PART_SIZE);
  return new ByteWriter().bytes(chainHash).int(part, 1).int(parts, 1).bytes(own).done();
}

/** Undefined: it is none. */
export function decodeChainPart(content: Uint8Array): ChainPart | undefined {
  const reader = new ByteReader(content);
  const chainHash = reader.bytes(HASH_SIZE);
  const [part, parts] = [reader.int(1), reader.int(1)];
  const octets = reader.rest();
  if (reader.isBroken || part === 0 || part > parts || parts > CHAIN_PARTS_MAX) return undefined;
  return octets.length > CHAIN_PART_SIZE ? undefined : { chainHash, part, parts, octets };
}
