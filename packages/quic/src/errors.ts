/** The operator gave credentials or settings that no connection can be made with. */
export class QuicConfigError extends Error {
  readonly code = "ERR_QUIC_CONFIG";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "QuicConfigError";
  }
}
