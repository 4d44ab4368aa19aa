/** Root descriptors from lists of keys: thresholds, grace and what else a person would leave out. */
import type { OperatorError } from "@florenetes/operator-text";
import { GRACE_SECONDS_MAX } from "../limits.ts";
import type { KeyList, ListedKey, QuorumName, RootBody } from "../root-body.ts";
import { authoringError } from "./authoring-error.ts";
import { type ProposalTerms, proposeRecord } from "./proposal.ts";

export interface RootProposal extends ProposalTerms {
  readonly cluster: string;
  /** Default: `production`. In development, one signature is enough. */
  readonly mode?: RootBody["mode"] | undefined;
  /** The keys of each authority, and how many of them have to sign: more than half of those of people, unless `threshold` says more. */
  readonly authorities: Readonly<Record<"root" | "control", ProposedKeys>> &
    Readonly<Partial<Record<"update" | "storage", ProposedKeys | undefined>>>;
  /** Seconds for which keys go on counting that the version before had; default: the longest time. */
  readonly grace?: number | undefined;
  /** Keys that may once replace the root's; default: none. */
  readonly recovery?: ProposedKeys | "none" | undefined;
  /** Certificates in DER, in base64. */
  readonly x509Roots?: readonly string[] | undefined;
}

export interface ProposedKeys {
  readonly keys: readonly Pick<ListedKey, "name" | "key" | "auto">[];
  readonly threshold?: number | undefined;
}

/** The octets of a root descriptor without signatures. Throws ERR_FABRIC_PROPOSAL. */
export function proposeRoot(proposal: RootProposal): Buffer<ArrayBuffer> {
  const { authorities, mode = "production", grace, recovery, x509Roots, ...terms } = proposal;
  const { root, control, update, storage } = authorities;
  const recoverers = recovery === "none" ? undefined : recovery;
  requireOnce([root, control, update, storage, recoverers].flatMap((list) => list?.keys ?? []));
  const body: RootBody = {
    mode,
    authorities: {
      root: listOf("root", root, mode),
      control: listOf("control", control, mode),
      ...(update === undefined ? {} : { update: listOf("update", update, mode) }),
      ...(storage === undefined ? {} : { storage: listOf("storage", storage, mode) }),
    },
    recovery: recoverers === undefined ? "none" : listOf("recovery", recoverers, mode),
    grace: grace ?? GRACE_SECONDS_MAX,
    "x509-roots": x509Roots ?? [],
  };
  return proposeRecord({ ...terms, kind: "root", subject: "root", body });
}

/** The schema refuses such lists, too, and cannot say why. */
function listOf(
  name: QuorumName | "recovery",
  { keys, threshold: wished }: ProposedKeys,
  mode: RootBody["mode"],
): KeyList {
  const least = mode === "development" ? 1 : 2;
  const people = keys.filter(({ auto }) => auto !== true).length;
  const majority = Math.floor(people / 2) + 1;
  const threshold = wished ?? Math.max(majority, least);
  if (threshold < least || threshold < majority) {
    throw refused(`${threshold} of ${people} ${name} keys are too few: it takes ${Math.max(majority, least)}`);
  }
  if (threshold > people) {
    const why = mode === "development" ? "" : ", and a root for more than trials at least 2";
    throw refused(
      `the list ${name} needs ${threshold} keys of people, and has ${people}: it takes more than half${why}`,
    );
  }
  return {
    threshold,
    keys: keys.map(({ name, key, auto }) => ({ key, name, ...(auto === true ? { auto } : {}) })),
  };
}

/** A key counts once, under whatever names. */
function requireOnce(keys: readonly Pick<ListedKey, "name" | "key">[]): void {
  const names = new Map<string, string>();
  for (const { name, key } of keys) {
    const other = names.get(key);
    if (other !== undefined) throw refused(`${other} and ${name} are one key, which may stand in the root once`);
    names.set(key, name);
  }
}

function refused(message: string): OperatorError {
  return authoringError("ERR_FABRIC_PROPOSAL", message);
}
