import type { IncomingMessage } from "node:http";
import { HolderError } from "@florenetes/blobs";
import { QUESTION_SILENT_MS } from "../limits.ts";
import type { ShardBuffers } from "./shard-buffers.ts";

/**
 * Reads the body of a question into memory, which is to be given back. `slow`: nothing came for too long; `gone`: whoever asks has gone.
 *
 * @throws HolderError ERR_STORAGE_FORM where it has no length, or more octets than it may
 */
export async function readQuestionBody(
  request: IncomingMessage,
  sizeMax: number,
  buffers: ShardBuffers,
  signal: AbortSignal,
): Promise<Uint8Array | "slow" | "gone"> {
  const { headers } = request;
  if (headers["transfer-encoding"] !== undefined) throw formError("a body needs its length in front");
  const size = Number(headers["content-length"] ?? 0);
  if (size > sizeMax) throw formError(`the body has more than ${sizeMax} octets`);
  const octets = buffers.take(size);
  if (size === 0) return octets;
  return new Promise((done) => {
    let at = 0;
    const timer = setTimeout(() => end("slow"), QUESTION_SILENT_MS);
    const take = (chunk: Buffer): void => {
      timer.refresh();
      at += chunk.copy(octets, at);
      if (at === size) end(octets);
    };
    const leave = (): void => end("gone");
    const end = (result: Uint8Array | "slow" | "gone"): void => {
      clearTimeout(timer);
      request.off("data", take).off("error", leave);
      signal.removeEventListener("abort", leave);
      if (typeof result === "string") buffers.give(octets);
      done(result);
    };
    signal.addEventListener("abort", leave, { once: true });
    request.on("data", take).on("error", leave);
    if (signal.aborted) leave();
  });
}

function formError(message: string): HolderError {
  return new HolderError({ code: "ERR_STORAGE_FORM", message });
}
