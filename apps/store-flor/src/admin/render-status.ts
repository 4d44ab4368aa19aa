import { configLines, countNouns, formatBytes, formatCounts, verdictLines } from "@florenetes/process-kit";
import { formatDuration } from "@florenetes/operator-text";
import { gatewayLines } from "./gateway-status.ts";
import { keepLines } from "./keep-status.ts";
import { storageLines } from "./storage-view.ts";
import type { CacheSourceStatus, CacheStatus, StoreFlorStatus } from "./store-status.ts";

/** Renders `store-flor status` for people: first whether all is well. */
export function renderStoreFlorStatus(status: StoreFlorStatus): string {
  const { serving, store, cache, storage, gateway, keep } = status;
  const lines = [
    ...verdictLines(status.findings, countNouns({ connection: serving.connections, reader: serving.readers })),
    `version ${status.version}, instance ${status.instance}, up since ${status.startedAt}`,
    ...configLines(status.config),
    ...(store === null ? [] : [`a store of ${store.folder}`]),
    `sent ${formatBytes(serving.octets)}; answers: ${formatCounts(serving.answers)}; cut as too slow: ${serving.slow}`,
    ...(cache === null ? [] : cacheLines(cache)),
    ...(storage === null ? [] : storageLines(storage)),
    ...(gateway === null ? [] : gatewayLines(gateway)),
    ...(keep === null ? [] : keepLines(keep)),
    "",
  ];
  return lines.join("\n");
}

function cacheLines({ packages, metadata, sources }: CacheStatus): readonly string[] {
  const { octets, budget, kept, fetching, hits, misses, shared, evictions } = packages;
  return [
    `a cache: ${countNouns({ package: kept })}, ${formatBytes(octets)} of ${formatBytes(budget)}, ${fetching} on their way`,
    `hits ${hits}, misses ${misses}, shared ${shared}, evictions ${evictions}; metadata refreshed ${metadata.refreshes} times`,
    ...sources.map(sourceLine),
  ];
}

function sourceLine({ name, roundTripMs, pausedMs, octets, faults }: CacheSourceStatus): string {
  const distance = roundTripMs === null ? "distance unknown" : `${roundTripMs} ms away`;
  const pause = pausedMs === 0 ? "" : `, left alone for ${formatDuration(pausedMs)}`;
  return `source ${name}: ${distance}${pause}; ${formatBytes(octets)}; faults: ${formatCounts(faults)}`;
}
