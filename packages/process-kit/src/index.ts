export { openFilesMax, processStatus } from "./process/process-status.ts";
export type { ProcessStatus } from "./process/process-status.ts";
export { createLogger, LOG_LEVELS } from "./logs/logger.ts";
export type { EventFields, Logger, LoggerOptions, LogLevel } from "./logs/logger.ts";
export { RoomLevels } from "./logs/room-levels.ts";
export { LOG_LINE_OF_LINKS_MS, LOG_LINES_OF_LINKS_AT_ONCE, LOG_LINES_OF_STATES_AT_ONCE } from "./limits.ts";
export { createRateLimitedLog, LogBudget } from "./logs/rate-limited-log.ts";
export type { LogBudgetOptions, RateLimitedLog, RateLimitedLogOptions } from "./logs/rate-limited-log.ts";
export { accountsFor } from "./filesystem/accounts.ts";
export { checkStateDirectory } from "./filesystem/state-directory.ts";
export { checkSocketToBind, checkSocketToConnect, freeStreamSocketPath } from "./filesystem/socket-path.ts";
export {
  type PemCodes,
  readCaPem,
  readServerPem,
  serverCertificateFindings,
  serverCertificateStatus,
  termOf,
} from "./filesystem/tls-files.ts";
export type { ServerCertificateStatus, ServerPem } from "./filesystem/tls-files.ts";
export { putFile } from "./filesystem/put-file.ts";
export { listenForVertex } from "./filesystem/vertex-socket.ts";
export { createServer as createHttpServer } from "./admin/http.ts";
export { readBody } from "./admin/read-body.ts";
export { openAdminServer } from "./admin/admin-server.ts";
export type { AdminAction, AdminOrder, AdminRoute, AdminServer, AdminServerOptions } from "./admin/admin-server.ts";
export { AdminAnswer, AdminText } from "./admin/admin-text.ts";
export { countSamples, engineMetric, processMetrics, qlogMetrics, secretsMetric } from "./metrics/metrics.ts";
export type { Metric, MetricSample } from "./metrics/metrics.ts";
export { CONFIG_DIFFERS, DROPPED_PACKETS, LINKS, PORTAL_ATTACHED, QUIC_VIOLATIONS } from "./metrics/shared-metrics.ts";
export { openStatusSocket } from "./metrics/status-socket.ts";
export type { StatusSocket, StatusSocketOptions } from "./metrics/status-socket.ts";
export { MetricsEndpoint, metricsFindings } from "./metrics/metrics-endpoint.ts";
export type { MetricsStatus } from "./metrics/metrics-endpoint.ts";
export { checkMetricsTls } from "./metrics/metrics-tls.ts";
export { type MeasuredPlan, withMetrics } from "./metrics/metrics-use.ts";
export { identityMetrics, revocationMetrics } from "./metrics/identity-metrics.ts";
export type { MeasuredIdentity, MeasuredRevocation } from "./metrics/identity-metrics.ts";
export { pressureMetrics } from "./metrics/pressure-metrics.ts";
export { greatestLoads, latenessLoad, PRESSURE_LEVELS, PRESSURE_REASONS } from "./pressure/pressure.ts";
export type { Pressure, PressureLevel, PressureLoads, PressureReason } from "./pressure/pressure.ts";
export { pressureFindings, pressureLines } from "./pressure/pressure-status.ts";
export type { PressureJudged, PressureStatus } from "./pressure/pressure-status.ts";
export { PressureWatch } from "./pressure/pressure-watch.ts";
export { requestAdmin } from "./admin/admin-client.ts";
export type { AdminRequestOptions } from "./admin/admin-client.ts";
export { findQlogFolder } from "./process/qlog-folder.ts";
export { openSecretsFile } from "./process/secrets-file.ts";
export { tellingLines } from "./process/telling-lines.ts";
export { serviceManager } from "./process/service-manager.ts";
export type { ServiceManager, ServingProcess } from "./process/service-manager.ts";
export { statusLine } from "./process/status-line.ts";
export type { LinksUp } from "./process/status-line.ts";
export { ConfigTransactions } from "./config/config-transactions.ts";
export type { ApplyOptions, ConfigTransactionsOptions } from "./config/config-transactions.ts";
export type { ConfigPlan, ConfigUse, ReadConfig } from "./config/config-use.ts";
export { SerialQueue } from "./config/serial-queue.ts";
export { downPart, refusalsOf, reloadOutcome } from "./config/reload-outcome.ts";
export type { ConfigChange, DownPart, ReloadOutcome, ReloadRefusal } from "./config/reload-outcome.ts";
export { showAgain, terminalWidth, watchPause } from "./process/status-command.ts";
export { configFindings, configLines } from "./config/config-status.ts";
export type { ConfigStatus } from "./config/config-status.ts";
export { keepIdleMemorySmall } from "./process/idle-memory.ts";
export { openControl } from "./process/control.ts";
export type { ControlOptions } from "./process/control.ts";
export { catchHangUps } from "./process/hang-ups.ts";
export { programVersion } from "./process/program-version.ts";
export { exitCodeOf, runProgram, untilSignal } from "./process/run-program.ts";
export { formatBytes, formatCounts, formatRate, formatTable } from "./admin/text-table.ts";
export { findingsAbout, STATUS_SUBJECTS, type StatusFinding } from "./admin/status-finding.ts";
export { countNouns, isWhole, verdictLines } from "./admin/verdict.ts";
export { wrapLine } from "./admin/wrapped-lines.ts";
export type { Counts } from "./admin/text-table.ts";
export { executeVertexProgram, runVertexProgram } from "./process/vertex-program.ts";
export { checkProcess } from "./process/process-check.ts";
export type { CheckReport } from "./process/process-check.ts";
export type { VertexProgram } from "./process/vertex-program.ts";
export type { QuestionAnswer, QuestionCommand, QuestionOptions } from "./process/question-command.ts";
