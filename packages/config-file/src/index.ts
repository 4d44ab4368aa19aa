export { ConfigDocument, formatKey, parseConfig } from "./config-document.ts";
export type { ConfigResolver } from "./config-document.ts";
export { loadConfig } from "./drivers/load-config.ts";
export type { KeyPath } from "./yaml-document.ts";
export type { ProblemParams } from "./schema-problems.ts";
export { nearMatch, suggest } from "./near-match.ts";
export { parseDuration } from "./duration.ts";
export { parseSize } from "./size.ts";
export { parseRate } from "./rate.ts";
export { RATE_MAX, RATE_MIN } from "./limits.ts";
export { checkedDuration, checkedRate, checkedText } from "./checked-fields.ts";
export type { DurationRule, FieldRule } from "./checked-fields.ts";
export type { ConfigFileErrorCode } from "./error-codes.ts";
export { defaultControlPath, engineField, nameField, pathField, trustFields } from "./vertex-fields.ts";
export type { TrustSection } from "./vertex-fields.ts";
export { metricsField, resolveMetrics } from "./metrics-section.ts";
export type { MetricsListen, MetricsSection, MetricsTls } from "./metrics-section.ts";
export { checkSocketPath, checkSocketPaths, checkSocketPathSize } from "./socket-paths.ts";
export { SOCKET_PATH_SIZE_MAX } from "./limits.ts";
export {
  formatListenAddress,
  formatStreamAddress,
  formatUdpAddress,
  isLoopback,
  isWildcard,
  parseDatagramTarget,
  parseListenAddress,
  parseIpAddress,
  parseStreamAddress,
  parseUdpAddress,
} from "./network-address.ts";
export { DialBounds, isPrefix } from "./dial-bounds.ts";
export { ListenPlaces } from "./listen-places.ts";
export type { DatagramAddress, HostPort, ListenAddress, StreamAddress } from "./network-address.ts";
export { formatServiceTarget, parseServiceTarget } from "./service-target.ts";
export type { OwnServiceName, ServiceTarget } from "./service-target.ts";
