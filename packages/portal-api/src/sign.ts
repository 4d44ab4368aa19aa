/** The Portal API's types for signatures in the vertex's name. The link vertex signs, as it has the key. */

/** The feature in AttachAnswer of a link vertex that signs. */
export const SIGN_FEATURE = "sign";

/** The context of every signature that the Portal API asks for, and of no other signature: docs/protocol/portal-api.md. */
export const SIGN_CONTEXT = "florenetes trace answer 1";

/** A signature, and the chain by which it is judged. */
export interface VertexSignature {
  /** SignatureScheme of TLS 1.3. */
  readonly scheme: number;
  readonly signature: Uint8Array;
  /** SHA-256 of the chain, as portal.proto has it. */
  readonly chainHash: Uint8Array;
  /** Certificates in DER, the vertex's own first. */
  readonly chain: readonly Uint8Array[];
}

/** Whoever has the vertex's key. */
export interface VertexSigner {
  /** Signs a content behind the context; at once, as it takes a tenth of a millisecond. */
  sign(content: Uint8Array): VertexSignature;
}
