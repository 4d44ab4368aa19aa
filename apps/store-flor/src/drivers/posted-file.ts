import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { ProcessTime } from "@florenetes/scheduling";
import { FILE_SIZE_MAX, STILL_MS } from "../gateway/limits.ts";
import { GatewayRefusal } from "./gateway-error.ts";

export interface PostedFileOptions {
  readonly request: IncomingMessage;
  /** SHA-256 that the octets are to have; undefined: any. */
  readonly id: string | undefined;
  readonly time: ProcessTime;
  readonly onOctets: (octets: number) => void;
}

/**
 * The octets that a program posts, piece by piece, no faster than they are taken.
 *
 * @throws GatewayRefusal where they are too many, none, or others than their name says; the connection's error where it ends before
 */
export async function* readPostedFile({ request, id, time, onOctets }: PostedFileOptions): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let size = 0;
  let isWaiting = true;
  let askedAt = time.now();
  const look = setInterval(() => {
    if (isWaiting && time.now() - askedAt > STILL_MS) request.destroy(new Error("the program sends nothing any more"));
  }, STILL_MS / 10);
  try {
    for await (const octets of request as AsyncIterable<Buffer>) {
      isWaiting = false;
      size += octets.length;
      if (size > FILE_SIZE_MAX) throw tooLarge();
      hash.update(octets);
      onOctets(octets.length);
      yield octets;
      isWaiting = true;
      askedAt = time.now();
    }
  } finally {
    clearInterval(look);
  }
  // A program that was cut off may leave one; restic would take it for a file that is there.
  if (size === 0)
    throw new GatewayRefusal(400, "ERR_STORE_REQUEST", "a file without octets is posted: nothing is kept");
  const found = hash.digest("hex");
  if (id === undefined || found === id) return;
  throw new GatewayRefusal(400, "ERR_STORE_REQUEST", `the octets of ${id} have the SHA-256 ${found}: nothing is kept`);
}

/** Refuses a file by the size that its sender says. @throws GatewayRefusal */
export function checkPostedSize({ headers }: IncomingMessage): void {
  if (Number(headers["content-length"] ?? 0) > FILE_SIZE_MAX) throw tooLarge();
}

function tooLarge(): GatewayRefusal {
  return new GatewayRefusal(413, "ERR_STORE_REQUEST", `a file has more than ${FILE_SIZE_MAX / 1_048_576} MiB`);
}
