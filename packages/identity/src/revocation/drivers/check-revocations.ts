import { IdentityError } from "../../errors.ts";
import { describeDoubt } from "../list-doubts.ts";
import type { Credentials } from "../../credentials.ts";
import { HeldRevocations, type HeldRevocationsOptions } from "./held-revocations.ts";

/** Says how a process would fare with its lists. */
export interface RevocationsReport {
  /** `HeldRevocations.open` would reject with these. */
  readonly problems: readonly IdentityError[];
  /** Lists that would be refused; own certificates that are revoked, or that peers could not judge for want of a list. */
  readonly warnings: readonly IdentityError[];
}

interface RevocationsToCheck extends Omit<
  HeldRevocationsOptions,
  "onEvent" | "wallClock" | "identities" | "expiryWarningMs"
> {
  readonly identities: readonly { readonly folder: string; readonly credentials: Credentials }[];
  /** Further roots and lists: a trust folder without an identity. */
  readonly trust?: HeldRevocationsOptions["identities"][number] | undefined;
}

/** Looks at all lists that a process would hold, including those of its state folder. Changes nothing. */
export async function checkRevocations(
  { identities, trust, ...options }: RevocationsToCheck,
  at: Date = new Date(),
): Promise<RevocationsReport> {
  try {
    const holders = trust === undefined ? identities : [...identities, trust];
    const { revocations, status } = await HeldRevocations.look({
      ...options,
      identities: holders,
      expiryWarningMs: 0,
      wallClock: () => at,
    });
    const warnings = status.refused.map(({ code, text, file }) => new IdentityError(code, text, { where: { file } }));
    for (const { kind, ...doubt } of status.doubts) {
      // A missing list is told below, beside the certificate that cannot be judged without it.
      if (kind === "missing") continue;
      const { reason, text } = describeDoubt({ kind, ...doubt });
      warnings.push(new IdentityError(reason, text));
    }
    for (const { issuer, number, nextUpdate, isExpired } of status.lists) {
      if (!isExpired) continue;
      const text = `revocation list ${number} of ${issuer} has ended (${nextUpdate})`;
      warnings.push(new IdentityError("ERR_IDENTITY_REVOCATION_EXPIRED", text));
    }
    for (const { folder, credentials } of identities) {
      const refusal = refusalOf(() => revocations.check(credentials.certificates, at));
      // A list that has ended is told above, once for all identities.
      if (refusal !== undefined && refusal.code !== "ERR_IDENTITY_REVOCATION_EXPIRED")
        warnings.push(refusal.in(folder));
    }
    return { problems: [], warnings };
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    return { problems: [error], warnings: [] };
  }
}

function refusalOf(check: () => void): IdentityError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    return error;
  }
}
