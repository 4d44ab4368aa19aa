import { HeldIdentity, HeldTrust, IdentityError } from "@florenetes/identity";
import type { PrincipalExpectation } from "@florenetes/identity";
import { isOperatorError } from "@florenetes/operator-text";
import type { RunningConfig } from "./running-config.ts";
import { SlotMap, type Slots } from "./slot-map.ts";

/** The part of the config that names identities and the trust folder. */
type IdentityConfig = Pick<RunningConfig, "cluster" | "services" | "tunnels" | "sessions" | "trust">;

/** A part of the config that uses an identity or the trust folder. */
export interface IdentityUse {
  readonly list: "services" | "tunnels" | "sessions" | "trust";
  /** The number of the part; 0 for a kind with one part at most. */
  readonly number: number;
  /** For people, such as `service web`. */
  readonly what: string;
  readonly folder: string;
}

/** A part whose folder cannot be used. */
export interface BrokenUse extends IdentityUse {
  readonly error: Error;
}

/** The held contents of the folders that a config names. */
export interface HeldFolders {
  /** The identities, one for each folder. */
  readonly identities: readonly HeldIdentity[];
  /** The roots and lists of `trust`; undefined when there are none, or they cannot be used. */
  readonly trust?: HeldTrust | undefined;
}

/** The usable folders of a config, and the problems of the others. */
export interface LoadedIdentities extends HeldFolders {
  readonly broken: readonly BrokenUse[];
  /** The problems, one for each folder that cannot be used. */
  readonly problems: readonly Error[];
}

/**
 * Loads the identity of every service, tunnel and socket of sessions, and checks that it is fit for its use; also loads
 * the roots of `trust`.
 *
 * @param held Those that are held already: they are not read again.
 */
export function loadIdentities(config: IdentityConfig, held: HeldFolders = { identities: [] }): LoadedIdentities {
  const known = new Map(held.identities.map((identity) => [identity.folder, identity]));
  const identities = new Map<string, HeldIdentity>();
  const broken: BrokenUse[] = [];
  const problems = new Map<string, Error>();
  for (const { expected, role, ...use } of usesOf(config)) {
    const { folder } = use;
    try {
      const identity = identities.get(folder) ?? known.get(folder);
      const isFit = identity !== undefined && fits(identity, expected);
      identities.set(folder, isFit ? identity : new HeldIdentity(folder, expected));
    } catch (error) {
      if (!isOperatorError(error)) throw error;
      const told = error instanceof IdentityError ? error.usedAs(`${role} of ${use.what}`) : error;
      broken.push({ ...use, error: told });
      if (!problems.has(folder)) problems.set(folder, told);
    }
  }
  const trust = loadTrust(config, held.trust, (error) => {
    broken.push({ ...trustUse(config.trust!), error });
    problems.set(config.trust!, error);
  });
  return { identities: [...identities.values()], trust, broken, problems: [...problems.values()] };
}

function loadTrust(
  { trust: folder, cluster }: IdentityConfig,
  held: HeldTrust | undefined,
  onBroken: (error: Error) => void,
): HeldTrust | undefined {
  if (folder === undefined || folder === held?.folder) return folder === undefined ? undefined : held;
  try {
    return new HeldTrust(folder, cluster);
  } catch (error) {
    if (!isOperatorError(error)) throw error;
    onBroken(error);
    return undefined;
  }
}

function trustUse(folder: string): IdentityUse {
  return { list: "trust", number: 0, what: "trust", folder };
}

/** The config without some of its parts; the others keep their numbers. */
export function withoutParts(
  config: RunningConfig,
  parts: readonly Pick<IdentityUse, "list" | "number">[],
): RunningConfig {
  const without = <T>(list: IdentityUse["list"], slots: Slots<T>): Slots<T> => {
    const left = new Set(parts.flatMap((part) => (part.list === list ? [part.number] : [])));
    return new SlotMap([...slots].filter(([number]) => !left.has(number)));
  };
  return {
    ...config,
    services: without("services", config.services),
    tunnels: without("tunnels", config.tunnels),
    sessions: without("sessions", config.sessions),
  };
}

/** The parts of a config that use the identity of a folder. */
export function usesOfFolder(config: IdentityConfig, folder: string): IdentityUse[] {
  const trust = config.trust === folder ? [trustUse(folder)] : [];
  return [...[...usesOf(config)].filter((use) => use.folder === folder), ...trust];
}

function fits({ credentials: { principal } }: HeldIdentity, { kinds, name }: PrincipalExpectation): boolean {
  return (kinds === undefined || kinds.includes(principal.kind)) && (name === undefined || name === principal.name);
}

function* usesOf({
  cluster,
  services,
  tunnels,
  sessions,
}: IdentityConfig): Generator<IdentityUse & { expected: PrincipalExpectation; role: string }, void> {
  for (const [number, { name, identity: folder }] of services) {
    const expected: PrincipalExpectation = { cluster, kinds: ["service"], name };
    yield { list: "services", number, what: `service ${name}`, folder, expected, role: "`identity`" };
  }
  const expected: PrincipalExpectation = { cluster, kinds: ["user", "service"] };
  for (const [number, { name, as: folder }] of tunnels) {
    yield { list: "tunnels", number, what: `the tunnel ${name}`, folder, expected, role: "`as`" };
  }
  for (const [number, { name, as: folder }] of sessions) {
    yield { list: "sessions", number, what: `the sessions ${name}`, folder, expected, role: "`as`" };
  }
}
