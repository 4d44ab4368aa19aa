import { SIGN_ASKED_MS, SIGN_INTERVAL_MS, SIGN_REQUESTS_MAX } from "./limits.ts";
import type { PortalBody } from "./messages.ts";
import type { VertexSignature } from "./sign.ts";

interface SignRequest {
  readonly content: Uint8Array;
  readonly onSigned: (signed: VertexSignature | undefined) => void;
  readonly until: number;
  nextAt: number;
}

/**
 * The cluster vertex's part of signatures: requests are repeated for a moment, and then given up, as nobody waits longer for them. The
 * chain is asked for until it is known.
 */
export class SignRequests {
  readonly #nextRequestId: () => number;
  readonly #pending = new Map<number, SignRequest>();
  #isOffered = false;
  #known: { readonly hash: Uint8Array; readonly chain: readonly Uint8Array[] } | undefined;

  /** @param nextRequestId Counts up over the life of the instance. */
  constructor(nextRequestId: () => number) {
    this.#nextRequestId = nextRequestId;
  }

  /** Whether the link vertex that is attached signs. */
  get isOffered(): boolean {
    return this.#isOffered;
  }

  /** The chain of the newest signature; undefined: there was none. */
  get chain(): readonly Uint8Array[] | undefined {
    return this.#known?.chain;
  }

  get nextAt(): number {
    let next = Infinity;
    for (const { nextAt, until } of this.#pending.values()) next = Math.min(next, nextAt, until);
    return next;
  }

  handleAttached(isOffered: boolean): void {
    this.#isOffered = isOffered;
  }

  /** Gives up all requests: no answer comes any more. */
  handleDetached(): void {
    this.#isOffered = false;
    this.#known = undefined;
    const given = [...this.#pending.values()];
    this.#pending.clear();
    for (const { onSigned } of given) onSigned(undefined);
  }

  /** Asks for a signature. `onSigned` gets undefined when there is none to be had: at once, or when it was waited for too long. */
  ask(content: Uint8Array, onSigned: SignRequest["onSigned"], now: number): void {
    if (!this.#isOffered || this.#pending.size >= SIGN_REQUESTS_MAX) return onSigned(undefined);
    this.#pending.set(this.#nextRequestId(), { content, onSigned, until: now + SIGN_ASKED_MS, nextAt: now });
  }

  /** False: no request for a signature has that number. */
  handleAnswer(requestId: number, body: PortalBody): boolean {
    const request = this.#pending.get(requestId);
    if (request === undefined) return false;
    this.#pending.delete(requestId);
    request.onSigned(body.kind === "sign-answer" ? this.#withChain(body) : undefined);
    return true;
  }

  /** Sends what is due. */
  pump(now: number, send: (requestId: number, body: PortalBody) => void): void {
    for (const [requestId, request] of this.#pending) {
      if (now >= request.until) {
        this.#pending.delete(requestId);
        request.onSigned(undefined);
      } else if (now >= request.nextAt) {
        request.nextAt = now + SIGN_INTERVAL_MS;
        const knownChain = this.#known?.hash ?? new Uint8Array(0);
        send(requestId, { kind: "sign", content: request.content, knownChain });
      }
    }
  }

  #withChain({ scheme, signature, chainHash, chain }: VertexSignature): VertexSignature | undefined {
    if (chain.length > 0) this.#known = { hash: chainHash, chain };
    const known = this.#known;
    if (known === undefined || Buffer.compare(known.hash, chainHash) !== 0) return undefined;
    return { scheme, signature, chainHash, chain: known.chain };
  }
}
