import { createHmac } from "node:crypto";
import { VERTEX_TOKEN_SIZE } from "../limits.ts";

/**
 * Makes the token by which a HELLO names the vertex that sends it: the first 16 bytes of HMAC-SHA-256(secret, `<own principal>
 * <peer's principal>`), in hexadecimal. Only a vertex that knows the secret can name itself so. The token differs from peer to
 * peer: a peer that was told one cannot use it towards others.
 */
export function vertexToken(secret: Uint8Array, own: string, peer: string): string {
  return createHmac("sha256", secret)
    .update(`${own} ${peer}`)
    .digest("hex")
    .slice(0, 2 * VERTEX_TOKEN_SIZE);
}
