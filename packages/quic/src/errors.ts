export type QuicEngineErrorCode = "ERR_ENGINE_MISSING" | "ERR_ENGINE_VARIABLE";

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
