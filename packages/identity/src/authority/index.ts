export {
  type Authority,
  type AuthorityOptions,
  type CertifyRequest,
  type IssuedCertificate,
  type IssuedIdentity,
  issueIdentity,
  type IssueRequest,
  type KeyAlgorithm,
  makeAuthority,
  makeIntermediate,
  makeKey,
} from "./ca/authority.ts";
export {
  CA_FILES,
  type CaOptions,
  type CertificateAuthority,
  createCa,
  isCaSealed,
  openCa,
  type CaStatus,
  type ListOptions,
  readCaStatus,
  type Revocation,
  type RevokeOptions,
  sealCa,
  writeRevocationList,
} from "./ca/drivers/ca-folder.ts";
export { withFolderLock } from "./ca/drivers/folder-lock.ts";
export { readRootsFile } from "./ca/drivers/roots-file.ts";
export { readKeyFile, readTextFile, replaceFile, requireFreeFolder, writeFolder } from "../drivers/files.ts";
export type { MadeList } from "./ca/listing.ts";
export {
  type AuthorityRecord,
  type RecordedCertificate,
  type RecordedList,
  type RecordedRevocation,
  type IssuingDecision,
  REVOCATION_REASONS,
  type RevocationReason,
} from "./ca/record.ts";
export { parseSerial, type RevocationTarget, type RevokedCertificate } from "./ca/revoking.ts";
export { type Inspection, type InspectedFile, inspectPath } from "./inspection/drivers/inspect-path.ts";
export { type ChainVerdict, judgeChainFile } from "./inspection/drivers/judge-chain-file.ts";
export { checkPassphrase, isSealed, openSealed, seal, type SealedContent } from "./sealing/sealing.ts";
export { parseFingerprint } from "./enrollment/bundle-check.ts";
export type { Bundle } from "./enrollment/bundle.ts";
export type { CertificateRequest } from "./enrollment/request.ts";
export {
  type BundleFile,
  openBundle,
  readBundleFile,
  requireFreeFile,
  writeBundleFile,
} from "./enrollment/drivers/bundle-file.ts";
export {
  type Installation,
  installBundle,
  type InstallOptions,
  trustedRoots,
} from "./enrollment/drivers/install-bundle.ts";
export {
  answerRequest,
  type BundleOptions,
  type IssuedBundle,
  makeInvitation,
} from "./enrollment/drivers/issue-bundle.ts";
export {
  readRequestFile,
  renewIdentity,
  requestIdentity,
  type RequestOptions,
  type WrittenRequest,
} from "./enrollment/drivers/request-folder.ts";
export { addToken, readTokens } from "./ca/drivers/token-file.ts";
export { findRoot, installFirst, openRequest } from "./enrollment/drivers/enrolling-folder.ts";
export {
  type EnrollmentToken,
  isTokenText,
  makeEnrollmentToken,
  readTokenText,
  tokenIdOf,
  writeTokenText,
} from "./enrollment/token.ts";
export {
  type EnrollmentWish,
  findOrphans,
  Issuer,
  type IssuerRefusal,
  type IssuerTrust,
  type RenewalWish,
} from "./issuer/issuer.ts";
export { ISSUER_ERRORS, type IssuerErrorCode } from "./issuer/issuer-errors.ts";
export { RenewingFolder } from "./issuer/drivers/renewing-folder.ts";
export { renewalTimes } from "./issuer/renewal-times.ts";
export {
  RENEWED_LIFE_MS,
  RENEWED_LIFE_MS_MAX,
  RENEWED_LIFE_MS_MIN,
  TOKEN_LIFE_MS,
  TOKEN_LIFE_MS_MAX,
  TOKEN_LIFE_MS_MIN,
} from "../limits.ts";
