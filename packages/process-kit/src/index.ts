export { EXIT_CODES, formatOperatorError, isOperatorError, OperatorError, OperatorErrors } from "./errors.ts";
export type { ErrorPlace, OperatorErrorOptions } from "./errors.ts";
export { PROCESS_KIT_ERRORS } from "./error-codes.ts";
export type { ProcessKitErrorCode } from "./error-codes.ts";
export { ConfigDocument, formatKey, loadConfig, parseConfig } from "./config.ts";
export type { ConfigResolver } from "./config.ts";
export type { KeyPath } from "./yaml-document.ts";
export type { ProblemParams } from "./schema-problems.ts";
export { nearMatch, suggest } from "./near-match.ts";
export { monotonicNow } from "./clock.ts";
export { EarliestTimer } from "./earliest-timer.ts";
export { parseDuration } from "./duration.ts";
export { FairPlaces } from "./fair-places.ts";
export type { FairPlace, FairPlacesOptions } from "./fair-places.ts";
export { FairRate } from "./fair-rate.ts";
export { FairShare } from "./fair-share.ts";
export { KnownGroups } from "./known-groups.ts";
export { RateLimit } from "./rate-limit.ts";
export { openFilesMax, processStatus } from "./process-status.ts";
export type { ProcessStatus } from "./process-status.ts";
export { Deadlines, notInHeap } from "./deadlines.ts";
export type { Timed } from "./deadlines.ts";
export { createLogger, LOG_LEVELS } from "./logger.ts";
export type { EventFields, Logger, LoggerOptions, LogLevel } from "./logger.ts";
export { createRateLimitedLog, LogBudget } from "./rate-limited-log.ts";
export type { LogBudgetOptions, RateLimitedLog, RateLimitedLogOptions } from "./rate-limited-log.ts";
export { checkSocketToBind, checkSocketToConnect, freeStreamSocketPath } from "./socket-path.ts";
export { openAdminServer } from "./admin-server.ts";
export type { AdminRoute, AdminServer, AdminServerOptions } from "./admin-server.ts";
export { AdminText } from "./admin-text.ts";
export { countSamples, metricsRoute, processMetrics } from "./metrics.ts";
export type { Metric, MetricSample } from "./metrics.ts";
export { identityMetrics, revocationMetrics } from "./identity-metrics.ts";
export type { MeasuredIdentity, MeasuredRevocation } from "./identity-metrics.ts";
export { requestAdmin } from "./admin-client.ts";
export type { AdminRequestOptions } from "./admin-client.ts";
export { serviceManager } from "./service-manager.ts";
export type { ServiceManager } from "./service-manager.ts";
export { catchHangUps } from "./hang-ups.ts";
export { exitCodeOf, runProgram, untilSignal } from "./run-program.ts";
export { formatBytes, formatCounts, formatDuration, formatTable } from "./text-table.ts";
export type { Counts } from "./text-table.ts";
export { checkedDuration, checkedText } from "./config-fields.ts";
export type { DurationRule, FieldRule } from "./config-fields.ts";
export { checkSocketPath, checkSocketPaths } from "./config-sockets.ts";
export { SOCKET_PATH_SIZE_MAX } from "./limits.ts";
export {
  findListenOverlap,
  formatHostPort,
  isLoopback,
  isWildcard,
  parseStreamAddress,
  parseUdpAddress,
} from "./network-address.ts";
export type { HostPort, StreamAddress } from "./network-address.ts";
export { checkStateDirectory } from "./state-directory.ts";
export { executeVertexProgram, runVertexProgram } from "./vertex-program.ts";
export type { CheckReport, VertexProgram } from "./vertex-program.ts";
