import type { florenetes } from "#generated/portal";
import type { VertexSignature } from "./sign.ts";

/** A wish for a signature. */
export interface SignWish {
  readonly content: Uint8Array;
  /** The hash of the chain that the cluster vertex has already; without octets: none. */
  readonly knownChain: Uint8Array;
}

export function signFromWire(wire: florenetes.portal.v1.ISign): SignWish {
  return { content: octetsOf(wire.content), knownChain: octetsOf(wire.knownChain) };
}

export function signAnswerToWire(answer: VertexSignature): florenetes.portal.v1.ISignAnswer {
  return { ...answer, chain: [...answer.chain] };
}

export function signAnswerFromWire(wire: florenetes.portal.v1.ISignAnswer): VertexSignature {
  return {
    signature: octetsOf(wire.signature),
    scheme: wire.scheme ?? 0,
    chainHash: octetsOf(wire.chainHash),
    chain: (wire.chain ?? []).map(octetsOf),
  };
}

/** Copies octets: those that were read are a part of the message. */
function octetsOf(octets: Uint8Array | null | undefined): Uint8Array {
  return Uint8Array.from(octets ?? []);
}
