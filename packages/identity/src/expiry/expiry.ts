/** Says when to speak of the end of a certificate: the rule that warnings, status and metrics share. */

/** A time span that a certificate is valid for. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

export type ExpiryState = "valid" | "expires-soon" | "expired";

/**
 * From when on a certificate is said to end soon, in milliseconds of the wall clock: `warningMs` before its end, but not
 * before a third of its life is left, or one of a few days would never be without a warning.
 */
export function warningStart({ notBefore, notAfter }: Validity, warningMs: number): number {
  const end = notAfter.getTime();
  const third = (end - notBefore.getTime()) / 3;
  return end - Math.min(warningMs, third);
}

export function expiryState(validity: Validity, warningMs: number, at: Date): ExpiryState {
  if (at > validity.notAfter) return "expired";
  return at.getTime() >= warningStart(validity, warningMs) ? "expires-soon" : "valid";
}
