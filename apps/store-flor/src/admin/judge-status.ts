import { fault, type Finding, warning } from "@florenetes/operator-text";
import { configFindings, findingsAbout, metricsFindings, type StatusFinding } from "@florenetes/process-kit";
import { gatewayFindings } from "./gateway-status.ts";
import { keepFindings } from "./keep-status.ts";
import { storageFindings } from "./storage-view.ts";
import type { CacheStatus, ServingStatus, StoreFlorStatus, StoreStatus } from "./store-status.ts";

/** Says what is wrong, and what to do about it. Pure. */
export function judgeStoreFlor({
  config,
  metrics,
  serving,
  store,
  cache,
  storage,
  gateway,
  keep,
}: Omit<StoreFlorStatus, "findings">): readonly StatusFinding[] {
  return [
    ...findingsAbout("config", configFindings(config)),
    ...findingsAbout("part", metricsFindings(metrics)),
    ...findingsAbout("store", [
      ...(store === null ? [] : storeFindings(store)),
      ...(cache === null ? [] : cacheFindings(cache)),
      ...(storage === null ? [] : storageFindings(storage)),
      ...(keep === null ? [] : keepFindings(keep)),
      ...(gateway === null ? servingFindings(serving) : [...gatewayFindings(gateway), ...passwordFindings(serving)]),
    ]),
  ];
}

function* storeFindings({ folder, fault: reason }: StoreStatus): Generator<Finding> {
  if (reason === null) return;
  yield fault(`the repository in ${folder} cannot be read (${reason})`, "Let the user of store-flor read all of it.");
}

function* cacheFindings({ role, metadata, packages, sources }: CacheStatus): Generator<Finding> {
  if (!role.isInForce) {
    const why =
      role.fault === null ? "the node has no role `update-cache` in force" : `the agent says nothing (${role.fault})`;
    yield warning(`nobody is served: ${why}`, "Have the control quorum sign the role, or look at fabric-flor here.");
  }
  if (packages.fault !== null) {
    const text = `the disk of \`state\` does not serve (${packages.fault}): what is not here yet is not fetched`;
    yield fault(text, "Make room on the disk, or lower `budget`.");
  }
  if (metadata.fault !== null) {
    const text = `no newer metadata of the repository is had (${metadata.fault})`;
    yield warning(text, "Is a store reached? What is known is served meanwhile, until it has ended.");
  }
  for (const { name, faults } of sources) {
    if (faults.lying === undefined) continue;
    const text = `${name} has given octets that nobody has signed, ${faults.lying} times`;
    yield warning(text, "Its disk is damaged, or somebody else speaks for it: look at that machine.");
  }
}

function* servingFindings({ refused }: ServingStatus): Generator<Finding> {
  if (refused === 0) return;
  yield warning(
    `${refused} connections came without the header of cluster-flor`,
    "Give the service `proxy-protocol: v2` in cluster-flor's config, and see that nobody else may connect to `listen`.",
  );
}

function* passwordFindings({ refused }: ServingStatus): Generator<Finding> {
  if (refused === 0) return;
  yield warning(
    `${refused} requests came without the password of the gateway, or by a page of others in a browser`,
    "Give programs the name and the password of `password-file`; look who else runs programs on this machine.",
  );
}
