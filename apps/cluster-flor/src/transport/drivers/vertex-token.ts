import { createHmac } from "node:crypto";
import { vertexTokenSize } from "../limits.ts";

/**
 * What a HELLO names the sending vertex by: the first 16 bytes of HMAC-SHA-256(secret, `<own principal> <peer's principal>`), in
 * hexadecimal. Only a vertex that knows the secret can speak for a life of that vertex. It is another one towards each peer, so that nobody who
 * was told one can use it elsewhere.
 */
export function vertexToken(secret: Uint8Array, own: string, peer: string): string {
  return createHmac("sha256", secret)
    .update(`${own} ${peer}`)
    .digest("hex")
    .slice(0, 2 * vertexTokenSize);
}
