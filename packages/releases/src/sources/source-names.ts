import type { SourceKind } from "./source-ranking.ts";

const STORE = "update-store";
const CACHE_PREFIX = "update-cache.";

/**
 * The stores and caches among the services of a session, by their names.
 *
 * @param own the service that is never asked
 */
export function sourcesAmong(services: readonly string[], own?: string): ReadonlyMap<string, SourceKind> {
  const sources = new Map<string, SourceKind>();
  for (const service of services) {
    const kind = kindOf(service);
    if (kind !== undefined && service !== own) sources.set(service, kind);
  }
  return sources;
}

function kindOf(service: string): SourceKind | undefined {
  if (service === STORE || service.startsWith(`${STORE}.`)) return "store";
  return service.startsWith(CACHE_PREFIX) ? "cache" : undefined;
}
