export {
  formatPrincipal,
  formatShortPrincipal,
  isPrincipalKind,
  isSamePrincipal,
  parsePrincipal,
  parseShortPrincipal,
  PRINCIPAL_KINDS,
  type Principal,
  type PrincipalKind,
} from "./principal.ts";
export { identityAdvice, IdentityError, type IdentityErrorCode } from "./errors.ts";
export {
  type CertificateProof,
  type CertificateProofs,
  findEnd,
  findRevocation,
  findUnfitness,
  findWrongKey,
  type PeerProof,
  type Unfitness,
} from "./fitness.ts";
export {
  type ChainRefusal,
  judgePeer,
  type PeerExpectation,
  type PeerRules,
  type ProvenPeer,
  type RefusalCode,
  refusalCodeOf,
} from "./peer.ts";
export type { Pins } from "./pins.ts";
export {
  type ContextCheck,
  contextCheck,
  ContextSigner,
  decodeChain,
  encodeChain,
  hashChain,
  type IdentitySignature,
} from "./signing.ts";
export { EXCHANGE_KEY_SIZE, type ExchangeKey, makeExchangeKey, openFrom, sealFor } from "./exchange-sealing.ts";
export { checkExpectation, type PrincipalExpectation } from "./principal.ts";
export type { CertificateId } from "./certificates/certificate-id.ts";
export type { VerifiedChain } from "./certificates/chain.ts";
export {
  type RevocationList,
  type RevocationLists,
  type RevocationPolicy,
  Revocations,
} from "./revocation/revocations.ts";
export type {
  RevocationEvent,
  RevocationListStatus,
  RevocationRefusal,
  RevocationStatus,
} from "./revocation/revocation-event.ts";
export { revocationLines } from "./revocation/list-lines.ts";
export { holdingFindings } from "./revocation/holding-findings.ts";
export type { IdentityJudged, RevocationJudged } from "./revocation/holding-findings.ts";
export type { RevocationListFacts } from "./revocation/list-facts.ts";
export { checkRevocationLists } from "./revocation/list-file.ts";
export { checkRevocations, type RevocationsReport } from "./revocation/drivers/check-revocations.ts";
export { confirmLists, readListsToConfirm } from "./revocation/drivers/confirm-lists.ts";
export { revocationFolder } from "./revocation/drivers/held-revocations.ts";
export { checkCredentials, type Credentials, type CredentialsPem, IDENTITY_FILES } from "./credentials.ts";
export { keyHashOfDer } from "./certificates/certificate.ts";
export { readCertificatePem, writeCertificatePem } from "./certificates/pem.ts";
export { uriInFile } from "./drivers/certificate-file.ts";
export { loadCredentials, writeIdentity } from "./drivers/identity-folder.ts";
export { HeldIdentity } from "./holding/drivers/held-identity.ts";
export { HeldTrust, readTrustFolder, type TrustStatus } from "./holding/drivers/held-trust.ts";
export { Holdings } from "./holding/drivers/holdings.ts";
export type { HoldingsChange, HoldingsRefusal } from "./holding/drivers/holdings.ts";
export { ENDED_SHOWN_MS, EXPIRY_LOOK_MS } from "./limits.ts";
export { type Clocks, Term } from "./expiry/term.ts";
export { CERTIFICATE_COLUMNS, certificateRows } from "./expiry/certificate-table.ts";
export type { CertificateState, CertificateStatus, CertificateView, IdentityStatus } from "./expiry/identity-status.ts";
export { type CertificateFacts } from "./certificates/inspection.ts";
