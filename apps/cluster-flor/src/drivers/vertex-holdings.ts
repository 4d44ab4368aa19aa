import { isDeepStrictEqual } from "node:util";
import { Holdings, IdentityError, revocationFolder } from "@florenetes/identity";
import type { Logger } from "@florenetes/process-kit";
import type { ClusterConfig } from "../config/cluster-config.ts";
import { type BrokenUse, type HeldFolders, loadIdentities, usesOfFolder } from "../config/identities.ts";
import type { RunningConfig } from "../config/running-config.ts";

/** The rules by which a process holds identities. */
export type HoldingRules = Pick<ClusterConfig, "revocation" | "expiryWarningMs">;

interface Opened {
  readonly holdings: Holdings;
  readonly held: HeldFolders;
  readonly broken: readonly BrokenUse[];
}

/**
 * Holds the identities, roots and lists of a config that are usable. Parts whose identity or revocation list is not in
 * order are broken.
 */
export async function openHoldings(
  config: RunningConfig & Pick<ClusterConfig, "state"> & HoldingRules,
  wallClock: () => Date,
  log: Logger,
): Promise<Opened> {
  const { cluster, state, revocation: policy, expiryWarningMs } = config;
  const stateFolder = revocationFolder(state, cluster);
  const open = (held: HeldFolders): Promise<Holdings> => {
    return Holdings.open({ cluster, ...held, stateFolder, policy, expiryWarningMs, wallClock, log });
  };
  return withUsable(config, { identities: [] }, async (held) => ({ holdings: await open(held) }));
}

/**
 * Adapts the held identities to another config. New folders that are not in order make broken parts. Folders that were held under
 * the same rules are not read again.
 *
 * @param held Those that are held, by the rules of `former`.
 * @throws IdentityError when a revocation list in a folder that was held before is not in order: nothing has changed   then
 */
export function reconfigureHoldings(
  holdings: Holdings,
  held: HeldFolders,
  config: RunningConfig & HoldingRules,
  former: HoldingRules,
): Promise<Omit<Opened, "holdings">> {
  const { revocation: policy, expiryWarningMs } = config;
  const isSameRule = isDeepStrictEqual(policy, former.revocation) && expiryWarningMs === former.expiryWarningMs;
  return withUsable(config, held, async ({ identities, trust }) => {
    const { identities: former } = held;
    const areSame = identities.length === former.length && identities.every((identity) => former.includes(identity));
    if (areSame && trust === held.trust && isSameRule) return {};
    await holdings.reconfigure({ identities, trust, policy, expiryWarningMs });
    return {};
  });
}

/** Repeats `use` without the folders with which it has failed. */
async function withUsable<Result extends object>(
  config: RunningConfig,
  held: HeldFolders,
  use: (usable: HeldFolders) => Promise<Result>,
): Promise<Result & Omit<Opened, "holdings">> {
  const { identities: loaded, trust: loadedTrust, broken: unloaded } = loadIdentities(config, held);
  const broken = [...unloaded];
  let identities = loaded;
  let trust = loadedTrust;
  for (;;) {
    try {
      return { ...(await use({ identities, trust })), held: { identities, trust }, broken };
    } catch (error) {
      if (!(error instanceof IdentityError) || (identities.length === 0 && trust === undefined)) throw error;
      const file = error.where?.file ?? "";
      if (trust !== undefined && (identities.length === 0 || file.startsWith(`${trust.folder}/`))) {
        if (trust === held.trust) throw error;
        broken.push(...usesOfFolder(config, trust.folder).map((part) => ({ ...part, error })));
        trust = undefined;
        continue;
      }
      // A file in no folder is one of the kept lists, and concerns all folders.
      const inFolder = identities.filter(({ folder }) => file.startsWith(`${folder}/`));
      const left = inFolder.length === 0 ? identities : inFolder;
      if (left.some((identity) => held.identities.includes(identity))) throw error;
      identities = identities.filter((identity) => !left.includes(identity));
      for (const { folder } of left) {
        broken.push(...usesOfFolder(config, folder).map((part) => ({ ...part, error })));
      }
    }
  }
}
