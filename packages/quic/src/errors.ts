/** Every stable code of this package, with its row in docs/operate/errors.md. */
export const QUIC_ERRORS = {
  ERR_ENGINE_MISSING: {
    meaning:
      "The QUIC engine that is asked for, by `engine` of the config or by `FLORENETES_ENGINE`, cannot be used here; the message says why.",
    advice:
      "Let it be `auto`. To have the native engine, run `npm run build` where cargo 1.88 or newer is, on the machine and with the Node that shall run it.",
  },
  ERR_ENGINE_VARIABLE: {
    meaning: "The environment variable `FLORENETES_ENGINE` names no engine.",
    advice: "Set it to `auto`, `native` or `portable`, or not at all: then the config decides.",
  },
  ERR_QUIC_CONFIG: {
    meaning: "The QUIC engine refuses an identity or a setting.",
    advice: "Check the identity with `flor inspect`; when it is right, report the message.",
  },
} as const;

export type QuicEngineErrorCode = Exclude<keyof typeof QUIC_ERRORS, "ERR_QUIC_CONFIG">;

/** The operator asks for an engine that there is not. */
export class QuicEngineError extends Error {
  override readonly name = "QuicEngineError";
  readonly code: QuicEngineErrorCode;
  /** Says what to do about it. */
  readonly advice: string;

  constructor(code: QuicEngineErrorCode, message: string, advice: string) {
    super(message);
    this.code = code;
    this.advice = advice;
  }
}

/** The operator gave credentials or settings that no connection can be made with. */
export class QuicConfigError extends Error {
  readonly code = "ERR_QUIC_CONFIG";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "QuicConfigError";
  }
}
