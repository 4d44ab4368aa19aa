import { createHmac } from "node:crypto";
import { VERTEX_TOKEN_SIZE } from "../limits.ts";

/**
 * Makes the token by which a HELLO names its sender's vertex: the first 16 bytes of HMAC-SHA-256(secret, `<own
 * principal> <peer's principal>`), in hexadecimal. Only a vertex that knows the secret can make the token. Each peer
 * gets a different one: no peer can use its token towards others.
 */
export function vertexToken(secret: Uint8Array, own: string, peer: string): string {
  return createHmac("sha256", secret)
    .update(`${own} ${peer}`)
    .digest("hex")
    .slice(0, 2 * VERTEX_TOKEN_SIZE);
}
