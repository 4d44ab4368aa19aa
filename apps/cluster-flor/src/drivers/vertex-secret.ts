import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Logger, putFile } from "@florenetes/process-kit";

const fileName = "vertex-secret";
const SECRET_SIZE = 32;

/**
 * Opens the secret by which this vertex proves that it is the same one after a restart: 32 random bytes, made at the first start
 * and kept in the state directory. A secret that cannot be kept lasts for this life of the process, and the log says so.
 */
export function openVertexSecret(state: string, log: Pick<Logger, "warn">): Uint8Array {
  const path = join(state, fileName);
  try {
    return readSecret(path) ?? keepSecret(state, path);
  } catch (error) {
    const text = `${path} cannot be used: after a restart, the far ends take a minute to end what this life leaves open`;
    log.warn({ code: "VERTEX_SECRET_NOT_KEPT", error: (error as Error).message }, text);
    return randomBytes(SECRET_SIZE);
  }
}

/** Undefined when there is none, or it is incomplete. */
function readSecret(path: string): Uint8Array | undefined {
  try {
    const secret = readFileSync(path);
    return secret.length === SECRET_SIZE ? secret : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function keepSecret(state: string, path: string): Uint8Array {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const secret = randomBytes(SECRET_SIZE);
  putFile(path, secret);
  return secret;
}
