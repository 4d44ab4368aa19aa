export {
  LABEL_AGENT,
  LABEL_CONNECTION,
  LABEL_OPERATIONS,
  checkHeader,
  connectionHighOf,
  connectionLowOf,
  cursorOf,
  hasReturnLabels,
  hasReturnWords,
  headerSize,
  hopLimitOf,
  isMarked,
  isMeshPacket,
  labelCountOf,
  labelOf,
  payloadOf,
  returnWords,
  setMark,
  shareOf,
  wordOf,
  wordsOf,
  writeHeader,
} from "./labels/header.ts";
export type { Allowance } from "./labels/allowance.ts";
export { ALL_LINKS, LINK_NONE, OPERATION_NAMES, Operation, labelsOf } from "./labels/label-entries.ts";
export type {
  LabelEntry,
  LabelTableConfig,
  LinkLabel,
  Numbered,
  OperationName,
  PermittedPair,
} from "./labels/label-entries.ts";
export { PermitBucket } from "./labels/permit-bucket.ts";
export type { Permit } from "./labels/permissions.ts";
export { ShareBuckets } from "./labels/share-buckets.ts";
export type { ShareRow } from "./labels/share-buckets.ts";
export { grown } from "./labels/grown.ts";
export { LabelError } from "./labels/label-error.ts";
export type { LabelErrorCode } from "./labels/label-error.ts";
export { findTableProblems } from "./labels/label-problems.ts";
export { LabelCounts } from "./labels/label-counts.ts";
export { LabelTable } from "./labels/label-table.ts";
export { LinkPairs } from "./labels/link-pairs.ts";
export type { LinkPair } from "./labels/link-pairs.ts";
export {
  HOP_LIMIT_DEFAULT,
  LABEL_COUNT_MAX,
  LABEL_MAX,
  LABEL_MIN,
  SHARE_MAX,
  SHARE_PERMITS_MAX,
  SHARES_PER_PAIR_MAX,
  TABLE_ENTRIES_MAX,
} from "./labels/limits.ts";
export { SharesOfPairs } from "./labels/shares-of-pairs.ts";
export { isQuestion, QUESTION_MAGIC } from "./labels/question.ts";
export { GENERATIONS, slotOf, SLOTS_MAX, successorOf } from "./labels/slot-number.ts";
export {
  ALL_CLASSES,
  isInClasses,
  setTrafficClass,
  TRAFFIC_CLASS_NAMES,
  TrafficClass,
  trafficClassAt,
  trafficClassNumbered,
  trafficClassOf,
  WORKLOAD_CLASS_NAMES,
} from "./labels/traffic-class.ts";
export type { TrafficClassName, WorkloadClassName } from "./labels/traffic-class.ts";
export { DROP_CAUSE_NAMES, DropCause, LabelVerdict } from "./labels/verdict.ts";
export { AdvancingCounts } from "./transit/advancing-counts.ts";
export {
  CIRCLING,
  FORWARDING_DROP_NAMES,
  LINK_DOWN,
  LINK_FULL,
  LOOPBACK_FULL,
  TOO_LARGE,
  TRANSIT_LIMIT,
} from "./transit/drops.ts";
export { LinkCounters } from "./transit/link-counters.ts";
export { PASSED_PACKETS } from "./transit/limits.ts";
export { mix } from "./transit/mix.ts";
export { PassedPackets } from "./transit/passed-packets.ts";
export { TransitLimit } from "./transit/transit-limit.ts";
export type { TransitLimits } from "./transit/transit-limit.ts";
export { OffloadedTransit } from "./transit/offloaded-transit.ts";
export { DelegatedTransit } from "./transit/delegated-transit.ts";
export type { NumberedChange, TransitThread, TransitThreadHandlers } from "./transit/delegated-transit.ts";
export type { OpenTransit, Transit, TransitHost } from "./transit/transit.ts";
export type { TransitRefusal } from "./transit/transit-hand-over.ts";
export type { TransitLinkRow } from "./transit/transit-links.ts";
