export { FactBook } from "./book/fact-book.ts";
export type { FactBookOptions } from "./book/fact-book.ts";
export type { BookEvent, EndCause, Row, RowChange } from "./book/book-events.ts";
export type { RoomLimits } from "./book/room.ts";
export { RecordFile } from "./book/drivers/record-file.ts";
export type { Cursor, FileChanges, FileOwner, Mark, StoredRow } from "./book/drivers/record-file.ts";
export { FACTS_ERRORS } from "./errors.ts";
export type { FactsErrorCode } from "./errors.ts";
export { Authority } from "./authority.ts";
export type { CountedKey, Quorum } from "./authority.ts";
export type {
  AnnounceBody,
  BudgetBody,
  CheckpointBody,
  Endpoint,
  LeaderBody,
  NodeBody,
  PolicyBody,
  RoleBody,
  SeedsBody,
  ServiceBody,
  TokenBody,
} from "./bodies.ts";
export { BUDGET_NAMES, limitOf } from "./budgets.ts";
export type { BudgetName } from "./budgets.ts";
export { isPublishable, plainEndpoint } from "./endpoints.ts";
export {
  copyIdOf,
  ENVELOPE_SIZE_MAX,
  ENVELOPE_VERSION,
  isRecordText,
  readEnvelope,
  readRecordText,
  recordIdOf,
  toBeSigned,
  writeEnvelope,
  writeRecordText,
} from "./envelope.ts";
export type { Envelope, Signature } from "./envelope.ts";
export { admittedNode, isAdmittedBy } from "./joins/admitted-node.ts";
export {
  isJoinSigned,
  isJoinText,
  JOIN_SIZE_MAX,
  joinSizeOf,
  joinToBeSigned,
  readJoin,
  readJoinPayload,
  readJoinText,
  writeJoin,
  writeJoinPayload,
  writeJoinText,
} from "./joins/join.ts";
export type { Join, JoinMembers } from "./joins/join.ts";
export { readJoinAnswer, writeJoinAnswer } from "./joins/join-answer.ts";
export type { JoinAnswer, JoinQuota } from "./joins/join-answer.ts";
export { JOIN_REASONS } from "./joins/join-reasons.ts";
export type { JoinReason } from "./joins/join-reasons.ts";
export { judgeAgain, judgeJoin } from "./joins/judge-join.ts";
export type { JoinGrounds, JoinJudgement } from "./joins/judge-join.ts";
export { isTokenText, makeToken, readToken } from "./joins/token.ts";
export type { Token } from "./joins/token.ts";
export { joinCopies } from "./joined-copies.ts";
export { inspectCopies, signersOf } from "./inspection.ts";
export type { Inspection } from "./inspection.ts";
export { readRecordTexts } from "./record-texts.ts";
export { collectionWarnings } from "./collection-words.ts";
export { describeChange, describeRecord } from "./record-words.ts";
export { bodyOf, readFact, signPayload, writePayload } from "./fact.ts";
export type { Fact, FactMembers, FormFault, Signer } from "./fact.ts";
export type { RowSection, Section } from "./book/sections.ts";
export { judge, judgeFact, trustRoot } from "./judge.ts";
export type { Accepted, Judgement, JudgeOptions, Refused, RootPin } from "./judge.ts";
export { isHash } from "./fields.ts";
export { keyNamer } from "./key-names.ts";
export { isSignedBy, keyIdOf } from "./keys.ts";
export { KINDS, readLeaseSubject, readObservationSubject, readPermitsSubject, readRoleSubject } from "./kinds.ts";
export type { AuthorityName, Bodies, Kind, KindRule, LeaseSubject, PermitsSubject } from "./kinds.ts";
export { describeMissing, missingSignatures } from "./missing-signatures.ts";
export type { MissingSignatures } from "./missing-signatures.ts";
export { ENDPOINTS_MAX, RANK_MAX } from "./limits.ts";
export {
  BREAKS_MAX,
  LABEL_MAX,
  OUTCOME_REPORT_MAX,
  OUTCOME_TEXT_MAX,
  LOAD_MAX,
  LOSS_MAX,
  PACKAGES_MAX,
  PERMIT_PAIRS_MAX,
  PERMIT_SETS_MAX,
  PERMITS_CARRIED_MAX,
  REPORT_LINKS_MAX,
  ROUTES_MAX,
  RECEIPT_PARTS_MAX,
  RECEIPT_ROWS_MAX,
  SHARE_MAX,
  SHARES_TOLD_MAX,
  STAGE_MAX,
  AMOUNT_MAX,
  OBSERVED_CELLS_MAX,
  OBSERVED_VERSIONS_MAX,
  RATE_MAX,
  ROUND_TRIP_MAX,
  USAGE_ROWS_MAX,
} from "./limits.ts";
export type { ObservationBody, ObservedCell, ObservedMeasure, ObservedNodes } from "./observation-body.ts";
export { REASONS } from "./reasons.ts";
export type { Reason } from "./reasons.ts";
export { rankHosts } from "./registry/hosts.ts";
export { Registry, serviceSlot } from "./registry/registry.ts";
export type { Paths, RegistryEvent, RegistryOptions, ServiceState } from "./registry/registry.ts";
export type { Choice, EndReason, RecordState, Step, Verdict } from "./registry/used-service.ts";
export { renewalOf } from "./renewal.ts";
export type { Renewal } from "./renewal.ts";
export { isByPrograms } from "./rights.ts";
export type { Grounds, HeldFacts } from "./rights.ts";
export type { KeyList, ListedKey, QuorumName, RootBody } from "./root-body.ts";
export type { CollectionBody } from "./collection-bodies.ts";
export { ORDER_ACTIONS, OUTCOME_STATES } from "./order-bodies.ts";
export type { OrderBody, OutcomeBody } from "./order-bodies.ts";
export { INSTALLED_STATES } from "./release-bodies.ts";
export type { InstalledBody, ReleaseBody, ReleasedPackage, StageRule } from "./release-bodies.ts";
export { CARRIED_CLASSES, DEVICE_NETWORKS } from "./route-bodies.ts";
export type {
  DeviceProfile,
  LeaseBody,
  LeasedRoute,
  LinkFigures,
  PermitsBody,
  PermittedPair,
  ProfileBody,
  ReportBody,
  ReportedLink,
  RouteFigures,
} from "./route-bodies.ts";
export { compareFacts, floorOf, inForce, isEquivocation, newestOf, slotOf } from "./slots.ts";
export { readHourSubject, readReceiptSubject } from "./usage-bodies.ts";
export type {
  HourSubject,
  OwnRow,
  PassedRow,
  ReceiptBody,
  ReceiptSubject,
  SharesBody,
  UsageBody,
  UsageRow,
} from "./usage-bodies.ts";
