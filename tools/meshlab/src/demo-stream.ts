/** A long answer with known bytes: what a server of the demo sends, and how its client judges what came. */
import { createCipheriv, createHash } from "node:crypto";
import { request, type ServerResponse } from "node:http";
import { linesOf } from "./demo-facts.ts";
import { ownProgram } from "./executables.ts";
import type { Lab } from "./lab.ts";
import { labError } from "./lab-error.ts";

const CHUNK = 65_536;
/** The server sends a chunk each few milliseconds, so that the answer takes seconds whatever carries it. */
const CHUNK_MS = 5;
const DOWNLOAD_MS_MAX = 60_000;
/** The client says when this part of the answer has come. */
const BEGUN_PART = 0.2;

/** Pieces of the known bytes, of which each length has the same beginning. */
function* knownBytes(size: number): Generator<Buffer, void> {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
  const zeros = Buffer.alloc(CHUNK);
  for (let left = size; left > 0; left -= CHUNK) yield cipher.update(zeros.subarray(0, Math.min(left, CHUNK)));
}

/** Sends so many known bytes as an answer, some 13 MB a second. */
export function sendStream(response: ServerResponse, size: number): void {
  response.writeHead(200, { "content-type": "application/octet-stream", "content-length": size });
  const bytes = knownBytes(size);
  let waits = false;
  response.on("drain", () => (waits = false));
  const timer = setInterval(() => {
    if (waits) return;
    const { value, done } = bytes.next();
    if (done === true) response.end();
    else waits = !response.write(value);
  }, CHUNK_MS);
  response.once("close", () => clearInterval(timer));
}

/** A long answer as it came. */
export interface DownloadAnswer {
  readonly bytes: number;
  /** SHA-256 of what came, and of what was sent, in hex. */
  readonly sha256: string;
  readonly expected: string;
  readonly milliseconds: number;
  /** The longest time without a byte. */
  readonly pauseMs: number;
}

/**
 * Asks for a long answer, and takes it whole.
 *
 * @param onBegun Called once a part of it has come
 * @throws OperatorError `ERR_LAB_REQUEST`
 */
export async function download(url: string, onBegun: () => void): Promise<DownloadAnswer> {
  const started = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<DownloadAnswer>();
  const failed = (why: string): Error =>
    labError("ERR_LAB_REQUEST", `${url}: ${why}`, "Look at the status of the agents.");
  const outgoing = request(url, { agent: false, signal: AbortSignal.timeout(DOWNLOAD_MS_MAX) }, (response) => {
    const size = Number(response.headers["content-length"] ?? 0);
    const hash = createHash("sha256");
    let [bytes, pauseMs, last, hasBegun] = [0, 0, performance.now(), false];
    response.on("data", (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
      const now = performance.now();
      pauseMs = Math.max(pauseMs, now - last);
      last = now;
      if (hasBegun || bytes < size * BEGUN_PART) return;
      hasBegun = true;
      onBegun();
    });
    response.once("error", (error) => reject(failed(error.message)));
    response.once("end", () => {
      const milliseconds = performance.now() - started;
      resolve({ bytes, sha256: hash.digest("hex"), expected: digestOf(size), milliseconds, pauseMs });
    });
  });
  outgoing.once("error", (error) => reject(failed(error.message)));
  outgoing.end();
  return promise;
}

/** Has a program on a node take a long answer, and does something in its midst. @throws OperatorError `ERR_LAB_REQUEST` */
export async function downloadOver(
  lab: Lab,
  node: string,
  url: string,
  meanwhile: () => Promise<unknown>,
): Promise<DownloadAnswer> {
  const client = lab.spawn(node, [...ownProgram(), "demo-download", url], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = linesOf(client);
  await lines.next();
  await meanwhile();
  const { value } = await lines.next();
  if (typeof value !== "string") throw labError("ERR_LAB_REQUEST", "the download has ended early", "See above.");
  const answer = JSON.parse(value) as DownloadAnswer;
  if (answer.sha256 === answer.expected && url.endsWith(`/${answer.bytes}`)) return answer;
  throw labError(
    "ERR_LAB_REQUEST",
    `${answer.bytes} bytes came, and they are not those that were sent`,
    "This is a mistake of the mesh.",
  );
}

function digestOf(size: number): string {
  const hash = createHash("sha256");
  for (const piece of knownBytes(size)) hash.update(piece);
  return hash.digest("hex");
}
