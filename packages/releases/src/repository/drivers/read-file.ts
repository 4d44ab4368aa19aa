/** Files of a source, read whole and within bounds. */
import { isOperatorError } from "@florenetes/operator-text";
import { repositoryError } from "../repository-errors.ts";
import type { RepositorySource } from "../repository-source.ts";
import type { NamedFile } from "../trusted-repository.ts";

/**
 * The octets of a file; undefined: the source has no such file.
 *
 * @throws OperatorError ERR_RELEASE_TOO_LONG, ERR_RELEASE_SOURCE, or what the source throws; the reason of `signal` when that ends it
 */
export async function readWhole(
  source: RepositorySource,
  { path, sizeMax }: NamedFile,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // With one octet more, a file that is too long is told from one that just fits.
  const isThere = await readEach(source, path, { offset: 0, lengthMax: sizeMax + 1, signal }, (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length > sizeMax) throw repositoryError("ERR_RELEASE_TOO_LONG", `${path} has more than ${sizeMax} octets`);
  });
  return isThere ? Buffer.concat(chunks) : undefined;
}

/**
 * Hands on what a source gives of a file, piece by piece. False: it has no such file. A source that does not heed the signal is not waited for.
 *
 * @throws as `readWhole`, and what `take` throws
 */
export async function readEach(
  source: RepositorySource,
  path: string,
  options: Parameters<RepositorySource["read"]>[1],
  take: (chunk: Uint8Array) => void | Promise<void>,
): Promise<boolean> {
  const { signal } = options;
  const chunks = await unlessAborted(signal, () => source.read(path, options), path);
  if (chunks === undefined) return false;
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await unlessAborted(signal, () => iterator.next(), path);
      if (done === true) return true;
      await take(value);
    }
  } finally {
    // Ending may take for ever, as reading may.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

async function unlessAborted<Result>(signal: AbortSignal, begin: () => Promise<Result>, path: string): Promise<Result> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason as Error);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([begin(), aborted]);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (isOperatorError(error)) throw error;
    throw repositoryError("ERR_RELEASE_SOURCE", `${path} cannot be read: ${(error as Error).message}`, error);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
