import type { IncomingMessage } from "node:http";

/**
 * Reads the body of a request, UTF-8; undefined when it is larger than `sizeMax` octets: the rest is thrown away as it comes, and the connection is to end with the answer. Rejects when the client goes, or
 * is too slow.
 */
export function readBody(request: IncomingMessage, sizeMax: number): Promise<string | undefined> {
  return new Promise((done, fail) => {
    const chunks: Buffer[] = [];
    let size = Number(request.headers["content-length"] ?? 0) > sizeMax ? Infinity : 0;
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= sizeMax) chunks.push(chunk);
      else refuse();
    };
    const refuse = (): void => {
      request.off("data", take).resume();
      done(undefined);
    };
    request.once("error", fail).once("end", () => done(Buffer.concat(chunks).toString()));
    if (size > sizeMax) refuse();
    else request.on("data", take);
  });
}
