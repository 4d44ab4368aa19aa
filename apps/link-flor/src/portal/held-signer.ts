import { ContextSigner, type Credentials } from "@florenetes/identity";
import { SIGN_CONTEXT, type VertexSignature, type VertexSigner } from "@florenetes/portal-api";

/** Signs in the vertex's name for the cluster vertex, with the key of the identity that is in use. */
export class HeldSigner implements VertexSigner {
  readonly #credentials: () => Credentials;
  #signer: { readonly of: Credentials; readonly signer: ContextSigner } | undefined;

  /** @param credentials returns those in use: one object as long as they do not change */
  constructor(credentials: () => Credentials) {
    this.#credentials = credentials;
  }

  sign(content: Uint8Array): VertexSignature {
    const of = this.#credentials();
    if (this.#signer?.of !== of) this.#signer = { of, signer: new ContextSigner(of, SIGN_CONTEXT) };
    return this.#signer.signer.sign(content);
  }
}
