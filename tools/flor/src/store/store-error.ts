import { BLOB_ERRORS, HolderError } from "@florenetes/blobs";
import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";

type StoreCode = Extract<keyof typeof FLOR_ERRORS, `ERR_FLOR_STORE_${string}`>;

/** An error of `flor store` itself. */
export function storeError(code: StoreCode, message: string, file?: string, cause?: unknown): OperatorError {
  const { advice } = FLOR_ERRORS[code];
  return new OperatorError(code, message, { advice, cause, ...(file !== undefined && { where: { file } }) });
}

/** An error of storage: the object or collection is not there, or may not be had. */
export function blobError(refusal: HolderError["refusal"], cause?: unknown): OperatorError {
  const { code, message } = refusal;
  const exitCode = UNREACHABLE.has(code) ? EXIT_CODES.unreachable : EXIT_CODES.failed;
  return new OperatorError(code, message, { advice: BLOB_ERRORS[code].advice, exitCode, cause });
}

const UNREACHABLE: ReadonlySet<HolderError["code"]> = new Set([
  "ERR_STORAGE_BUSY",
  "ERR_STORAGE_MAJORITY",
  "ERR_STORAGE_UNREACHABLE",
]);

/** Does something, and has a holder's error become the operator's. */
export async function withOperatorErrors<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof HolderError ? blobError(error.refusal, error) : error;
  }
}
