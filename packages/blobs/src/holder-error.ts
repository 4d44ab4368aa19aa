import type { HolderRefusal } from "./requests.ts";

/** A holder does not do what it was asked, or gives no answer. */
export class HolderError extends Error {
  override readonly name = "HolderError";
  readonly refusal: HolderRefusal;

  constructor(refusal: HolderRefusal, cause?: unknown) {
    super(refusal.message, { cause });
    this.refusal = refusal;
  }

  get code(): HolderRefusal["code"] {
    return this.refusal.code;
  }
}
