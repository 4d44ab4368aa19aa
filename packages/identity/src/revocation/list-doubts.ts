/** Words for operators about lists that are in doubt: the log, `status` and `check` use the same. */
import type { Finding } from "@florenetes/operator-text";
import type { IdentityErrorCode } from "../errors.ts";
import type { RevocationDoubt } from "./revocation-event.ts";

export interface DescribedDoubt {
  readonly weight: Finding["weight"];
  readonly reason: IdentityErrorCode;
  readonly text: string;
  readonly advice: string;
}

const NEWEST = "Bring the CA's newest list (`flor ca list` shows its number) as `crl.pem`.";

export function describeDoubt({ kind, issuer, number, known }: RevocationDoubt): DescribedDoubt {
  if (kind === "lost") {
    const instead = number === null ? "and none is in force" : `and list ${number} is in force`;
    const text = `revocation list ${known} of ${issuer} was known here, ${instead}`;
    return { weight: "fault", reason: "ERR_IDENTITY_LIST_LOST", text, advice: NEWEST };
  }
  if (kind === "missing") {
    const text = `revocation lists are required, and there is none of ${issuer}: what it certifies is refused`;
    return { weight: "fault", reason: "ERR_IDENTITY_REVOCATION_MISSING", text, advice: NEWEST };
  }
  const text = `nothing here tells whether list ${number} of ${issuer} is its newest`;
  const advice = "Compare it with the CA's (`flor ca list`), and say so with `flor identity confirm-lists`.";
  return { weight: "warning", reason: "ERR_IDENTITY_LIST_UNCONFIRMED", text, advice };
}
