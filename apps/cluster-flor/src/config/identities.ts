import { loadCredentials } from "@florenetes/identity";
import type { Credentials } from "@florenetes/identity";
import { isOperatorError } from "@florenetes/process-kit";
import type { ClusterConfig } from "./cluster-config.ts";

/** The identities that a config names, each by its folder. */
export interface LoadedIdentities {
  readonly credentials: ReadonlyMap<string, Credentials>;
  /** One for each folder that cannot be used. */
  readonly problems: readonly Error[];
}

/** Loads the identity of every service and tunnel, and checks that it may stand for what it is used as. */
export function loadIdentities({ cluster, services, tunnels }: ClusterConfig): LoadedIdentities {
  const credentials = new Map<string, Credentials>();
  const problems: Error[] = [];
  const load = (folder: string, expected: Parameters<typeof loadCredentials>[1]): void => {
    try {
      credentials.set(folder, loadCredentials(folder, expected));
    } catch (error) {
      if (!isOperatorError(error)) throw error;
      problems.push(error);
    }
  };
  for (const { name, identity } of services) load(identity, { cluster, kinds: ["service"], name });
  for (const folder of new Set(tunnels.map((tunnel) => tunnel.as)))
    load(folder, { cluster, kinds: ["user", "service"] });
  return { credentials, problems };
}
