/** A token as a CA folder has it: the secret cannot be found out from it. */
export interface RecordedToken {
  /** `tokenIdOf` of the secret. */
  readonly id: string;
  /** The SPIFFE ID. */
  readonly principal: string;
  readonly madeAt: Date;
  readonly expiresAt: Date;
}
