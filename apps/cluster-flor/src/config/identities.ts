import { HeldIdentity, IdentityError } from "@florenetes/identity";
import type { PrincipalExpectation } from "@florenetes/identity";
import { isOperatorError } from "@florenetes/operator-errors";
import type { ClusterConfig } from "./cluster-config.ts";

/** The identities that a config names. */
export interface LoadedIdentities {
  /** The identities, one for each folder. */
  readonly identities: readonly HeldIdentity[];
  /** The problems, one for each folder that cannot be used. */
  readonly problems: readonly Error[];
}

/** Loads the identity of every service, tunnel and socket of sessions, and checks that it may stand for what it is used as. */
export function loadIdentities({ cluster, services, tunnels, sessions }: ClusterConfig): LoadedIdentities {
  const identities = new Map<string, HeldIdentity>();
  const problems: Error[] = [];
  const load = (folder: string, use: string, expected: PrincipalExpectation): void => {
    try {
      identities.set(folder, new HeldIdentity(folder, expected));
    } catch (error) {
      if (!isOperatorError(error)) throw error;
      problems.push(error instanceof IdentityError ? error.usedAs(use) : error);
    }
  };
  for (const { name, identity } of services) {
    load(identity, `\`identity\` of service ${name}`, { cluster, kinds: ["service"], name });
  }
  const seen = new Set<string>();
  const users = [
    ...tunnels.map(({ as, name }) => ({ as, use: `\`as\` of the tunnel ${name}` })),
    ...sessions.map(({ as, name }) => ({ as, use: `\`as\` of the sessions ${name}` })),
  ];
  for (const { as, use } of users) {
    if (seen.has(as)) continue;
    seen.add(as);
    load(as, use, { cluster, kinds: ["user", "service"] });
  }
  return { identities: [...identities.values()], problems };
}
