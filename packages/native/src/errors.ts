/** Every code of this package: what it means, and what to do about it, in a line each. */
export const NATIVE_ERRORS = {
  ERR_NATIVE_ADDON_MISSING: {
    meaning: "The add-on of Florenetes (packages/native) is not built for this machine or this Node.",
    advice:
      "Run `npm run build` with a compiler in place (g++, make, python3), on the machine and with the Node that shall run it.",
  },
  ERR_NATIVE_REFUSED: {
    meaning:
      "The system refused what the process needs: core dumps off, a file in memory, a thread for the watchdog, the text of a file in place.",
    advice:
      "Look the system's reason up; a sandbox that forbids prctl(2), setrlimit(2) or memfd_create(2) has to allow them.",
  },
} as const;

export type NativeErrorCode = keyof typeof NATIVE_ERRORS;

/** Something that only an operator can put right. Branch on `code`. */
export class NativeError extends Error {
  override readonly name = "NativeError";
  readonly code: NativeErrorCode;
  /** A sentence that says what to do about it. */
  readonly advice: string;

  constructor(code: NativeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.advice = NATIVE_ERRORS[code].advice;
  }
}
