import { RateLimit } from "@florenetes/scheduling";
import { PortalCode } from "./codes.ts";
import { SIGNATURES_BURST, SIGNATURES_PER_SECOND, SIGNED_SIZE_MAX } from "./limits.ts";
import type { PortalBody } from "./messages.ts";
import type { VertexSigner } from "./sign.ts";
import type { SignWish } from "./sign-messages.ts";

/** The link vertex's part of signatures: bounds their rate and the length of what is signed. */
export class Signing {
  readonly #signer: VertexSigner | undefined;
  readonly #rate = new RateLimit(SIGNATURES_BURST, SIGNATURES_PER_SECOND);

  /** @param signer Undefined: nothing is signed here. */
  constructor(signer: VertexSigner | undefined) {
    this.#signer = signer;
  }

  answer({ content, knownChain }: SignWish, now: number): PortalBody {
    if (this.#signer === undefined) return { kind: "unimplemented" };
    if (content.length === 0 || content.length > SIGNED_SIZE_MAX) {
      const text = `contents of 1 to ${SIGNED_SIZE_MAX} bytes are signed`;
      return { kind: "error", code: PortalCode.signInvalid, text };
    }
    if (!this.#rate.take(now)) {
      const text = `${SIGNATURES_PER_SECOND} signatures are made in a second`;
      return { kind: "error", code: PortalCode.signLimited, text };
    }
    const signed = this.#signer.sign(content);
    const isKnown = Buffer.compare(signed.chainHash, knownChain) === 0;
    return { kind: "sign-answer", ...signed, chain: isKnown ? [] : signed.chain };
  }
}
