import { IdentityError } from "../../errors.ts";
import { HeldRevocations, type HeldRevocationsOptions } from "./held-revocations.ts";

/** Says how a process would fare with its lists. */
export interface RevocationsReport {
  /** `HeldRevocations.open` would reject with these. */
  readonly problems: readonly IdentityError[];
  /** Lists that would not be taken; own certificates that are revoked, or that nobody could judge by any list. */
  readonly warnings: readonly IdentityError[];
}

/** Looks at all lists that a process would hold, those of its state folder among them. It changes nothing. */
export async function checkRevocations(
  options: Omit<HeldRevocationsOptions, "onEvent" | "wallClock">,
  at: Date = new Date(),
): Promise<RevocationsReport> {
  try {
    const { revocations, refused } = await HeldRevocations.look({ ...options, wallClock: () => at });
    const warnings = refused.map(({ code, text, file }) => new IdentityError(code, text, { where: { file } }));
    for (const { folder, credentials } of options.identities) {
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
