import type { Finding } from "@florenetes/operator-text";
import type { CertificateState, IdentityStatus } from "../expiry/identity-status.ts";
import { describeDoubt } from "./list-doubts.ts";
import type { RevocationListStatus, RevocationStatus } from "./revocation-event.ts";

const STATES: Readonly<Record<Exclude<CertificateState, "valid">, readonly [Finding["weight"], string, string]>> = {
  "expires-soon": ["warning", "ends soon", "Renew it: `flor identity renew` makes the request."],
  expired: ["fault", "has ended", "Renew it: `flor identity renew` makes the request."],
  revoked: ["fault", "is revoked", "Request another one with `flor identity request`."],
};

/** The consequences of the end of a list. */
const ENDED: Readonly<Record<RevocationStatus["mode"], string>> = {
  optional: "has ended, and whom its CA has revoked since is let in",
  required: "has ended, and nobody new of its CA is let in when `revocation-grace` is over",
};

/** The part of an identity's status that is judged. */
export type IdentityJudged = Pick<IdentityStatus, "principal" | "file" | "state" | "notAfter"> & {
  readonly refused: { readonly code: string; readonly text: string } | null;
};

/** The part of the status of revocation lists that is judged. */
export interface RevocationJudged {
  readonly mode: RevocationStatus["mode"];
  readonly lists: readonly Pick<RevocationListStatus, "issuer" | "number" | "nextUpdate" | "state">[];
  readonly refused: readonly { readonly file: string; readonly code: string; readonly text: string }[];
  readonly doubts: RevocationStatus["doubts"];
}

/** Finds the faults of the identities and revocation lists that a process uses. */
export function holdingFindings(
  identities: readonly IdentityJudged[],
  revocation: RevocationJudged | null,
): readonly Finding[] {
  return [
    ...identities.flatMap((identity) => [...identityFindings(identity)]),
    ...(revocation === null ? [] : revocationFindings(revocation)),
  ];
}

function* identityFindings({ principal, file, state, notAfter, refused }: IdentityJudged): Generator<Finding> {
  if (state !== "valid") {
    const [weight, what, advice] = STATES[state];
    yield { weight, text: `the certificate of ${principal} ${what} (${notAfter}, ${file})`, advice };
  }
  if (refused !== null) {
    const advice = "The former one is used. Mend the folder, and `reload`.";
    yield { weight: "fault", text: `the identity in ${file} is refused (${refused.code}: ${refused.text})`, advice };
  }
}

function* revocationFindings({ mode, lists, refused, doubts }: RevocationJudged): Generator<Finding> {
  for (const { issuer, number, nextUpdate, state } of lists) {
    if (state === "valid") continue;
    const [weight, what] =
      state === "expired" ? (["fault", ENDED[mode]] as const) : (["warning", "ends soon"] as const);
    const advice = "Have its CA make a new one (`flor ca crl`), and install it.";
    yield { weight, text: `revocation list ${number} of ${issuer} ${what} (${nextUpdate})`, advice };
  }
  for (const doubt of doubts) {
    const { weight, text, advice } = describeDoubt(doubt);
    yield { weight, text, advice };
  }
  for (const { file, code, text } of refused) {
    const advice = "The former one is used. Bring the file in order, and `reload`.";
    yield { weight: "fault", text: `the revocation list ${file} is refused (${code}: ${text})`, advice };
  }
}
