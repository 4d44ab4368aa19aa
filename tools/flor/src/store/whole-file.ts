import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { lstat, open, rename, rm } from "node:fs/promises";
import { storeError } from "./store-error.ts";

/** Writes a file that has all, or is not there: octets of an object that is not whole have no place of their own. @throws OperatorError ERR_FLOR_STORE_FILE */
export async function writeWhole(file: string, octets: AsyncIterable<Uint8Array>): Promise<void> {
  await requirePlace(file);
  const part = `${file}.part-${randomBytes(4).toString("hex")}`;
  using _ = removedBySignal(part);
  try {
    const handle = await open(part, "wx", 0o600);
    try {
      for await (const piece of octets) await handle.writeFile(piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw writingError(error, file);
  }
}

/** A signal that ends the process takes the file away before. */
function removedBySignal(part: string): Disposable {
  const stop = (): void => {
    for (const signal of ENDING) process.removeListener(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    rmSync(part, { force: true });
    stop();
    process.kill(process.pid, signal);
  };
  for (const signal of ENDING) process.on(signal, onSignal);
  return { [Symbol.dispose]: stop };
}

const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A file takes the place of a file, and of nothing else: a device or a link, which is for others too, stays. */
async function requirePlace(file: string): Promise<void> {
  const stats = await lstat(file).catch(() => undefined);
  if (stats === undefined || stats.isFile()) return;
  const message = "it is there, and is no regular file: name another one, or leave --out away for standard output";
  throw storeError("ERR_FLOR_STORE_FILE", message, file);
}

/** The operator's error where the system does not take octets; any other error as it is. */
export function writingError(error: unknown, file: string | undefined): unknown {
  if ((error as NodeJS.ErrnoException).syscall === undefined) return error;
  const message = `${file === undefined ? "standard output" : "it"} cannot be written: ${(error as Error).message}`;
  return storeError("ERR_FLOR_STORE_FILE", message, file, error);
}
