import { IdentityError } from "../../errors.ts";
import type { Credentials } from "../../credentials.ts";
import { HeldRevocations, type HeldRevocationsOptions } from "./held-revocations.ts";

/** Says how a process would fare with its lists. */
export interface RevocationsReport {
  /** `HeldRevocations.open` would reject with these. */
  readonly problems: readonly IdentityError[];
  /** Lists that would not be taken; own certificates that are revoked, or that nobody could judge by any list. */
  readonly warnings: readonly IdentityError[];
}

interface RevocationsToCheck extends Omit<HeldRevocationsOptions, "onEvent" | "wallClock" | "identities"> {
  readonly identities: readonly { readonly folder: string; readonly credentials: Credentials }[];
  /** A folder of roots and lists besides. */
  readonly trust?: HeldRevocationsOptions["identities"][number] | undefined;
}

/** Looks at all lists that a process would hold, those of its state folder among them. It changes nothing. */
export async function checkRevocations(
  { identities, trust, ...options }: RevocationsToCheck,
  at: Date = new Date(),
): Promise<RevocationsReport> {
  try {
    const holders = trust === undefined ? identities : [...identities, trust];
    const { revocations, refused } = await HeldRevocations.look({
      ...options,
      identities: holders,
      wallClock: () => at,
    });
    const warnings = refused.map(({ code, text, file }) => new IdentityError(code, text, { where: { file } }));
    for (const { folder, credentials } of identities) {
      const refusal = refusalOf(() => revocations.check(credentials.certificates, at));
      if (refusal !== undefined) warnings.push(refusal.in(folder));
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
