import type { IncomingMessage } from "node:http";
import { ApiError } from "../api/exchange.ts";
import { BODY_SIZE_MAX } from "../api/limits.ts";

/**
 * Reads the body of a request, UTF-8. Rejects with the connection's error where it ends before.
 *
 * @throws ApiError ERR_CONTROL_BODY_SIZE: the rest is not read, and the connection ends with the answer
 */
export async function readBody(message: IncomingMessage): Promise<string> {
  const tooLarge = new ApiError("ERR_CONTROL_BODY_SIZE", `a body has at most ${BODY_SIZE_MAX} octets`, {
    connection: "close",
  });
  if (Number(message.headers["content-length"] ?? 0) > BODY_SIZE_MAX) throw tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_SIZE_MAX) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
