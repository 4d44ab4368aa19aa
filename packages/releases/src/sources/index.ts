export { SOURCE_ERRORS } from "./errors.ts";
export { FirstOf, type FirstOfDownload, type FirstOfOptions } from "./drivers/first-of.ts";
export { HttpSource, type HttpSourceOptions } from "./drivers/http-source.ts";
export { SessionSources, type SessionSourcesOptions } from "./drivers/session-sources.ts";
export { RATE_MIN } from "./limits.ts";
export { SourceError } from "./source-error.ts";
export {
  SOURCE_FAULTS,
  type SourceFault,
  type SourceKind,
  SourceRanking,
  type SourceStatus,
} from "./source-ranking.ts";
