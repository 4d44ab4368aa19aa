export {
  LABEL_CONNECTION,
  LABEL_OPERATIONS,
  checkHeader,
  connectionHighOf,
  connectionLowOf,
  cursorOf,
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
  wordOf,
  wordsOf,
  writeHeader,
} from "./header.ts";
export { ALL_LINKS, LINK_NONE, OPERATION_NAMES, Operation, labelsOf } from "./label-entries.ts";
export type { LabelEntry, LabelTableConfig, LinkLabel, Numbered, OperationName } from "./label-entries.ts";
export { LabelError } from "./label-error.ts";
export type { LabelErrorCode } from "./label-error.ts";
export { findTableProblems } from "./label-problems.ts";
export { LabelCounts } from "./label-counts.ts";
export { LabelTable } from "./label-table.ts";
export { LinkPairs } from "./link-pairs.ts";
export type { LinkPair } from "./link-pairs.ts";
export { HOP_LIMIT_DEFAULT, LABEL_COUNT_MAX, LABEL_MAX, LABEL_MIN, TABLE_ENTRIES_MAX } from "./limits.ts";
export { isQuestion, QUESTION_MAGIC } from "./question.ts";
export { GENERATIONS, slotOf, SLOTS_MAX, successorOf } from "./slot-number.ts";
export {
  ALL_CLASSES,
  isInClasses,
  setTrafficClass,
  TRAFFIC_CLASS_NAMES,
  TrafficClass,
  trafficClassNumbered,
  trafficClassOf,
  WORKLOAD_CLASS_NAMES,
} from "./traffic-class.ts";
export type { TrafficClassName, WorkloadClassName } from "./traffic-class.ts";
export { DROP_CAUSE_NAMES, DropCause, LabelVerdict } from "./verdict.ts";
