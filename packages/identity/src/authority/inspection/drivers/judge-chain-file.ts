/** Judges a certificate chain in a file as a process judges a peer's. */
import { inFile } from "../../../credentials.ts";
import { readCertificatePem } from "../../../certificates/pem.ts";
import { readTextFile } from "../../../drivers/files.ts";
import { readTrustFolder } from "../../../holding/drivers/held-trust.ts";
import { LIST_FILE_SIZE_MAX } from "../../../limits.ts";
import { judgePeer, type PeerExpectation, type RefusalCode, refusalCodeOf } from "../../../peer.ts";
import { formatPrincipal, PRINCIPAL_KINDS, type PrincipalExpectation } from "../../../principal.ts";
import { checkRevocationLists } from "../../../revocation/list-file.ts";
import { Revocations } from "../../../revocation/revocations.ts";

export interface ChainFile {
  /** PEM file of the chain, the leaf first. */
  readonly chain: string;
  /** Folder of the roots. */
  readonly trust: string;
  /** PEM file of revocation lists; undefined: nothing is revoked. */
  readonly crl: string | undefined;
  readonly expected: PrincipalExpectation;
  readonly at: Date;
}

/** The verdict on a chain. Names and meanings are stable. */
export type ChainVerdict =
  | {
      readonly isAccepted: true;
      /** SPIFFE ID. */
      readonly principal: string;
      /** When the first certificate of the chain to the root ends, in ISO 8601. */
      readonly goodUntil: string;
    }
  | { readonly isAccepted: false; readonly code: RefusalCode; readonly text: string };

/**
 * Judges the chain. A list that has ended still revokes the certificates that it names, and has no other effect.
 *
 * @throws IdentityError when one of the files cannot be used to judge
 */
export function judgeChainFile({ chain, trust, crl, expected, at }: ChainFile): ChainVerdict {
  const trustBundlePem = readTrustFolder(trust, expected.cluster);
  const ders = inFile(chain, () => readCertificatePem(readTextFile(chain).text));
  const all: PeerExpectation = { kinds: PRINCIPAL_KINDS, ...expected, trustBundlePem, cluster: expected.cluster };
  const revocations = new Revocations({ isRequired: false, graceMs: Infinity });
  const judge = (): ReturnType<typeof judgePeer> =>
    judgePeer(ders, all, { revocations, expiryGraceMs: 0 }, { wall: at, monotonic: 0 });
  let judged = judge();
  if (crl !== undefined && !("why" in judged)) {
    const { principal } = judged;
    const { text } = readTextFile(crl, LIST_FILE_SIZE_MAX);
    for (const list of inFile(crl, () => checkRevocationLists(text, { principal, trustBundlePem }, at))) {
      revocations.put(list);
    }
    judged = judge();
  }
  if ("why" in judged) return { isAccepted: false, code: refusalCodeOf(judged), text: judged.text };
  return {
    isAccepted: true,
    principal: formatPrincipal(judged.principal),
    goodUntil: judged.term.until.toISOString(),
  };
}
