import { open } from "node:fs/promises";
import { IDENTITY_FILE_SIZE_MAX } from "./limits.ts";
import { storeError } from "./store-error.ts";

/** Reads the identities of a file as `age-keygen` writes it: lines of `AGE-SECRET-KEY-…`, and comments. @throws OperatorError ERR_FLOR_STORE_IDENTITY */
export async function readIdentities(file: string): Promise<readonly string[]> {
  const text = await readText(file);
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  // The message has nothing of the file: it holds secrets.
  if (lines.length === 0 || !lines.every((line) => /^AGE-SECRET-KEY-[A-Z0-9-]+$/.test(line.trim())))
    throw storeError("ERR_FLOR_STORE_IDENTITY", "it has other lines than identities of age", file);
  return lines.map((line) => line.trim());
}

async function readText(file: string): Promise<string> {
  try {
    const handle = await open(file);
    try {
      const { bytesRead, buffer } = await handle.read({ buffer: Buffer.alloc(IDENTITY_FILE_SIZE_MAX + 1) });
      if (bytesRead > IDENTITY_FILE_SIZE_MAX) throw new Error("it is too long for one");
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const message = `it cannot be read: ${(error as Error).message}`;
    throw storeError("ERR_FLOR_STORE_IDENTITY", message, file, error);
  }
}
