/**
 * Renews the identities of a node whose time has come, and has their processes use them.
 *
 *     each folder: asked for ▶ checked ▶ proven at the issuer ▶ in place      each process, once: reads them
 *                                                                            each folder: settled, or as it was before
 */
import { type Credentials, formatShortPrincipal, IdentityError } from "@florenetes/identity";
import { type IssuerErrorCode, RenewingFolder, renewalTimes } from "@florenetes/identity/authority";
import { EXIT_CODES, isOperatorError, OperatorError } from "@florenetes/operator-text";
import { type ReloadOutcome, requestAdmin } from "@florenetes/process-kit";
import { FLOR_ERRORS } from "../error-codes.ts";
import { attempt } from "./attempt.ts";
import { askAfterEnd, askForRenewal, askInTurn, proveAt } from "./issuer-client.ts";
import type { IssuerPlace, KeptIdentity, RenewalConfig } from "./renewal-config.ts";

/** For how long a process may take to read its identities again. */
const RELOAD_MS_MAX = 60_000;

/** The outcome for one identity. */
export interface KeptOutcome {
  readonly folder: string;
  /** Undefined: the folder is not in order. */
  readonly credentials: Credentials | undefined;
  readonly state: "waits" | "renewed" | "failed";
  readonly problem?: Error;
  /** When the next renewal is asked for, and the end; undefined without credentials. */
  readonly times?: ReturnType<typeof renewalTimes>;
}

interface Installed {
  readonly folder: RenewingFolder;
  /** The renewed identity; undefined: it was in place before this run. */
  readonly next: Credentials | undefined;
}

/** Never rejects for what an identity, the issuer or a process does. The outcomes are in the order of the config. */
export async function keepIdentities(config: RenewalConfig): Promise<readonly KeptOutcome[]> {
  const outcomes = new Map<KeptIdentity, KeptOutcome>();
  const installed = new Map<KeptIdentity, Installed>();
  // Doors of neighbours are for when no issuer answers.
  const places = [...config.issuers, ...config.doors];
  for (const identity of config.identities) {
    const found = await attempt(() => renew(identity, config.cluster, places));
    if (found instanceof Error) outcomes.set(identity, failedOutcome(identity, config.cluster, found));
    else if ("state" in found) outcomes.set(identity, found);
    else installed.set(identity, found);
  }
  for (const [control, group] of Map.groupBy(installed, ([{ control }]) => control)) {
    const outcome = await attempt(() => reload(control));
    let isPutBack = false;
    for (const [identity, { folder, next }] of group) {
      const problem = outcome instanceof Error ? outcome : findRefusal(outcome, folder.folder);
      const settled = await attempt(() => settle({ folder, next }, problem));
      isPutBack ||= problem !== undefined && next !== undefined;
      outcomes.set(identity, settled instanceof Error ? failedOutcome(identity, config.cluster, settled) : settled);
    }
    // The former identity is in the place of one that was refused, and in use still: the process is told that all is in order.
    if (isPutBack) await attempt(() => reload(control));
  }
  return config.identities.map((identity) => outcomes.get(identity)!);
}

/** Asks for what is due, and puts it in place. */
async function renew(
  { folder: path }: KeptIdentity,
  cluster: string,
  places: readonly IssuerPlace[],
): Promise<KeptOutcome | Installed> {
  const folder = new RenewingFolder(path, cluster, new Date(), true);
  const { credentials } = folder;
  const times = renewalTimes(credentials);
  if (credentials.notAfter < new Date()) return renewEnded(folder, places);
  if (folder.isUnsettled) return { folder, next: undefined };
  if (new Date() < times.dueAt) return { folder: path, credentials, state: "waits", times };
  const request = folder.request();
  const chain = await askInTurn(places, (issuer) => askForRenewal(issuer, credentials, request));
  const next = folder.check(chain, new Date());
  await askInTurn(places, (issuer) => proveAt(issuer, next));
  folder.install(next);
  return { folder, next };
}

/**
 * Asks for another certificate after the end. An issuer gives it to the key that it has certified last: that may be the one of a request whose answer was
 * lost, and is that of the identity else.
 */
async function renewEnded(folder: RenewingFolder, places: readonly IssuerPlace[]): Promise<Installed> {
  const ask = (request: string): Promise<string> =>
    askInTurn(places, (issuer) => askAfterEnd(issuer, folder.credentials, request));
  const first = folder.hasOtherKey ? await attempt(() => ask(folder.request())) : undefined;
  if (first instanceof Error && (first as OperatorError).code !== OTHER_KEY) throw first;
  const chain = typeof first === "string" ? first : await ask(folder.sameKeyRequest());
  if (chain !== first) folder.expectSameKey();
  const next = folder.check(chain, new Date());
  await askInTurn(places, (issuer) => proveAt(issuer, next));
  folder.install(next);
  return { folder, next };
}

const OTHER_KEY: IssuerErrorCode = "ERR_ISSUER_ENDED_KEY";

/** Ends the renewal of a folder: its process uses it, or the former identity comes back. */
function settle({ folder, next }: Installed, problem: Error | undefined): KeptOutcome {
  const credentials = next ?? folder.credentials;
  if (problem === undefined) {
    folder.settle();
    return { folder: folder.folder, credentials, state: "renewed", times: renewalTimes(credentials) };
  }
  if (next !== undefined) folder.install(folder.credentials);
  throw problem;
}

/** Undefined: no process is there, and the next one reads what is in place. */
async function reload(control: string): Promise<ReloadOutcome | undefined> {
  try {
    return (await requestAdmin(control, "/identities", { method: "POST", timeoutMs: RELOAD_MS_MAX })) as ReloadOutcome;
  } catch (error) {
    if (isOperatorError(error) && error.code === "ERR_ADMIN_NOT_RUNNING") return undefined;
    throw notUsed(`cannot have it used: ${(error as Error).message}`, control);
  }
}

function findRefusal(outcome: ReloadOutcome | undefined, folder: string): Error | undefined {
  const refusal = outcome?.refused?.find(({ file }) => file === folder || file?.startsWith(`${folder}/`) === true);
  return refusal && notUsed(`its process refuses it: ${refusal.text} [${refusal.code}]`, folder);
}

function notUsed(message: string, file: string): OperatorError {
  const { advice } = FLOR_ERRORS.ERR_FLOR_RENEWAL_NOT_USED;
  return new OperatorError("ERR_FLOR_RENEWAL_NOT_USED", message, {
    advice,
    where: { file },
    exitCode: EXIT_CODES.failed,
  });
}

/** A folder that could not be renewed; what is in it counts still, where it is in order. */
function failedOutcome({ folder }: KeptIdentity, cluster: string, problem: Error): KeptOutcome {
  try {
    const { credentials } = new RenewingFolder(folder, cluster, new Date(), true);
    return { folder, credentials, state: "failed", problem, times: renewalTimes(credentials) };
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    return { folder, credentials: undefined, state: "failed", problem };
  }
}

/** The name of an identity for people. */
export function nameOf({ credentials, folder }: KeptOutcome): string {
  return credentials === undefined ? folder : formatShortPrincipal(credentials.principal);
}
