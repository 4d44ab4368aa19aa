import { createHmac, createPrivateKey, hkdfSync, timingSafeEqual } from "node:crypto";
import { RESET_TOKEN_LENGTH } from "../stateless-reset.ts";
import { keyInput } from "./key-input.ts";
import { CONNECTION_ID_MAX } from "../limits.ts";

const TOKEN_FORMAT = 1;
const EXPIRY_AT = 1;
const ID_LENGTH_AT = 7;
const ID_AT = 8;
const PROOF_LENGTH = 16;

/** A client comes back from a Retry after one round trip; this leaves room for slow paths and a lost packet or two. */
const RETRY_LIFETIME_MS = 10_000;

/**
 * Tokens for Retry packets (RFC 9000, 8.1.2). They hold what an acceptor would otherwise have to remember of a client
 * that has not yet proved where it is.
 *
 * ```
 *  byte 0      format
 *  bytes 1-6   end of validity, milliseconds of the issuer's monotonic clock
 *  byte 7      n: length of the client's first destination ID
 *  n bytes     that ID
 *  16 bytes    HMAC-SHA-256 over all before and over what the token is bound to
 * ```
 */
export class RetryTokens {
  readonly #secret: Uint8Array;

  /** @param secret 32 random bytes, which nobody else needs to know: a restart makes the tokens out there worthless. */
  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  /**
   * @param originalId the destination ID of the client's first packet.
   * @param boundTo where the client says it is: its address and port, or its reverse path.
   * @param now monotonic, in milliseconds.
   */
  issue(originalId: Uint8Array, boundTo: Uint8Array, now: number): Uint8Array {
    const body = new Uint8Array(ID_AT + originalId.length);
    const expiry = Math.floor(now) + RETRY_LIFETIME_MS;
    body[0] = TOKEN_FORMAT;
    for (let i = 0, rest = expiry; i < 6; i++, rest = Math.floor(rest / 256)) body[ID_LENGTH_AT - 1 - i] = rest % 256;
    body[ID_LENGTH_AT] = originalId.length;
    body.set(originalId, ID_AT);
    return Buffer.concat([body, this.#proof(body, boundTo)]);
  }

  /** The client's first destination ID, or undefined when the token is not ours, too old, or another client's. */
  verify(token: Uint8Array, boundTo: Uint8Array, now: number): Uint8Array | undefined {
    const idLength = token[ID_LENGTH_AT];
    if (token[0] !== TOKEN_FORMAT || idLength === undefined || idLength > CONNECTION_ID_MAX) return undefined;
    if (token.length !== ID_AT + idLength + PROOF_LENGTH) return undefined;
    const body = token.subarray(0, ID_AT + idLength);
    if (!timingSafeEqual(this.#proof(body, boundTo), token.subarray(ID_AT + idLength))) return undefined;
    let expiry = 0;
    for (let i = EXPIRY_AT; i < ID_LENGTH_AT; i++) expiry = expiry * 256 + token[i]!;
    return now <= expiry ? Uint8Array.from(body.subarray(ID_AT)) : undefined;
  }

  #proof(body: Uint8Array, boundTo: Uint8Array): Uint8Array {
    return createHmac("sha256", this.#secret).update(body).update(boundTo).digest().subarray(0, PROOF_LENGTH);
  }
}

/**
 * Stateless reset tokens (RFC 9000, 10.3) that outlive a restart: HMAC-SHA-256 of the connection's ID, cut to 16 bytes,
 * under a key drawn by HKDF from the private key of the end that may have to reset.
 */
export class ResetTokens {
  readonly #key: Uint8Array;

  /** @param purpose keeps the tokens of different kinds of connections apart. */
  constructor(privateKeyPem: string | Uint8Array, purpose: string) {
    const secret = createPrivateKey(keyInput(privateKeyPem)).export({ type: "pkcs8", format: "der" });
    this.#key = new Uint8Array(hkdfSync("sha256", secret, "", `florenetes stateless reset, ${purpose}`, 32));
    secret.fill(0);
  }

  /** @param connectionId whatever names the connection in a packet that arrives for it after a restart. */
  token(connectionId: Uint8Array): Uint8Array {
    return createHmac("sha256", this.#key).update(connectionId).digest().subarray(0, RESET_TOKEN_LENGTH);
  }
}
