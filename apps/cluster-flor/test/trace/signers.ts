/** Identities that sign answers of traces as a link vertex does. */
import { ContextSigner } from "@florenetes/identity";
import { issueIdentity, type KeyAlgorithm, makeAuthority } from "@florenetes/identity/authority";
import { SIGN_CONTEXT, type VertexSignature } from "@florenetes/portal-api";
import type { AnswerSigner } from "../../src/trace/trace-answers.ts";

const now = new Date();
export const authority: ReturnType<typeof makeAuthority> = makeAuthority({ cluster: "demo" }, now);

/** Signs at once, or when it is told to. */
export class TestSigner implements AnswerSigner {
  readonly #signer: ContextSigner;
  readonly #waiting: (() => void)[] = [];
  /** Signatures are made by `release`. */
  isSlow = false;
  signed = 0;

  constructor(name: string, by = authority, algorithm: KeyAlgorithm = "p256") {
    this.#signer = new ContextSigner(issueIdentity(by, { kind: "vertex", name, algorithm }, now), SIGN_CONTEXT);
  }

  signOf(content: Uint8Array): VertexSignature {
    return this.#signer.sign(content);
  }

  sign(_portal: number, content: Uint8Array, onSigned: (signed: VertexSignature | undefined) => void): void {
    const sign = (): void => {
      this.signed++;
      onSigned(this.signOf(content));
    };
    if (this.isSlow) this.#waiting.push(sign);
    else sign();
  }

  signingChain(): readonly Uint8Array[] {
    return this.signOf(new Uint8Array(1)).chain;
  }

  release(): void {
    for (const sign of this.#waiting.splice(0)) sign();
  }
}
