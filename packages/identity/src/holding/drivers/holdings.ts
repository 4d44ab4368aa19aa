/** The one owner of what a process holds of its own in a cluster: its identities and the revocation lists. */
import type { CertificateId } from "../../certificates/certificate-id.ts";
import type { Credentials } from "../../credentials.ts";
import type { IdentityStatus } from "../../expiry/identity-status.ts";
import { HeldRevocations } from "../../revocation/drivers/held-revocations.ts";
import type { RevocationStatus } from "../../revocation/revocation-event.ts";
import { type RevocationLists, type RevocationPolicy, Revocations } from "../../revocation/revocations.ts";
import { OwnRevocations } from "../own-revocations.ts";
import { ExpiryTimer } from "./expiry-timer.ts";
import type { HeldIdentity } from "./held-identity.ts";
import { type HeldTrust, joinTrustBundles, type TrustStatus } from "./held-trust.ts";

export interface HoldingsOptions {
  readonly cluster: string;
  /** All identities of this process in the cluster. A process that has none judges nobody: no lists are looked for. */
  readonly identities: readonly HeldIdentity[];
  /** Roots and lists besides, by which those are judged whom no identity has to do with; undefined: the identities' own serve for that. */
  readonly trust?: HeldTrust | undefined;
  /** The folder for kept lists, as `revocationFolder` names it. */
  readonly stateFolder: string;
  readonly policy: RevocationPolicy;
  /** How long before the end of a certificate warnings begin, in milliseconds. */
  readonly expiryWarningMs: number;
  /** Certificates and lists begin and end by this clock. */
  readonly wallClock: () => Date;
  readonly log: HoldingsLog;
}

/** The part of the options that may be another while the process runs. */
export type HoldingsChange = Pick<HoldingsOptions, "identities" | "trust" | "policy" | "expiryWarningMs">;

/** Takes one line for each thing that has happened. */
interface HoldingsLog {
  info(event: HoldingsEvent, message: string): void;
  warn(event: HoldingsEvent, message: string): void;
  error(event: HoldingsEvent, message: string): void;
}

interface HoldingsEvent {
  readonly code: string;
  readonly [field: string]: unknown;
}

/** Makes handshakes with what is held, and is told when that has changed. */
export interface HoldingsUser {
  /** The folder's identity has other credentials now. */
  handleCredentials(folder: string, credentials: Credentials): void;
  /** Other revocation lists are in force, or all was read again: what was refused may be accepted now. */
  handleRevocations(): void;
}

/** A folder or a list that the last look refused: what was in use before stays in use. */
export interface HoldingsRefusal {
  readonly file: string;
  /** Code of the IdentityError. */
  readonly code: string;
  readonly text: string;
}

interface HoldingsStatus {
  /** The certificates of each identity, in the order of the options. */
  readonly certificates: readonly IdentityStatus[];
  /** Null without identities and trust. */
  readonly revocation: RevocationStatus | null;
  /** Null where there is none. */
  readonly trust: TrustStatus | null;
}

/**
 * Owns the identities and revocation lists of a process, and the timers that look at them. Whoever uses them is made between
 * `open` and `watch`; nothing changes in that time.
 */
export class Holdings implements Disposable {
  /** Judges by the lists in force; always the same object. */
  readonly revocations: RevocationLists = {
    check: (certificates, at) => this.#inForce.check(certificates, at),
    findRevoked: (certificates) => this.#inForce.findRevoked(certificates),
  };
  #options: HoldingsOptions;
  #lists: HeldRevocations | undefined;
  readonly #own: OwnRevocations;
  #user: HoldingsUser | undefined;
  #expiry: ExpiryTimer | undefined;
  #isClosed = false;

  private constructor(options: HoldingsOptions, lists: HeldRevocations | undefined) {
    const { log } = options;
    this.#options = options;
    this.#lists = lists;
    this.#own = new OwnRevocations({
      identities: () => this.#options.identities,
      revocations: this.revocations,
      onRevoked: ({ text, ...fields }) => log.error(fields, text),
    });
  }

  /** Reads the revocation lists. Rejects with an IdentityError as `HeldRevocations.open` does. */
  static async open(options: HoldingsOptions): Promise<Holdings> {
    return new Holdings(options, await openLists(options));
  }

  /**
   * Holds these identities from now on, by these rules; one that stays is given as the object that it was. Lists are read again, as at the
   * start. The user is told of the lists, and not of credentials. Rejects with an IdentityError as `HeldRevocations.open` does; then
   * all is as it was.
   */
  async reconfigure(change: HoldingsChange): Promise<void> {
    const options = { ...this.#options, ...change };
    // Two that keep lists at the same time would write over each other's files.
    const lists = await (this.#lists?.whileIdle(() => openLists(options)) ?? openLists(options));
    if (this.#isClosed) return lists?.close();
    this.#lists?.close();
    this.#lists = lists;
    this.#options = options;
    if (this.#user === undefined) return;
    lists?.watch(() => this.#handleLists());
    this.#expiry?.handleWarning(options.expiryWarningMs);
    this.#handleLists();
  }

  get #inForce(): Revocations {
    return this.#lists?.revocations ?? new Revocations(this.#options.policy);
  }

  /** The roots by which whoever is no peer of an identity is judged; undefined: there are none. */
  get roots(): string | undefined {
    const { identities, trust } = this.#options;
    if (trust !== undefined) return trust.credentials.trustBundlePem;
    if (identities.length === 0) return undefined;
    return joinTrustBundles(identities.map(({ credentials }) => credentials.trustBundlePem));
  }

  /** The credentials in use, by folder. */
  get credentials(): ReadonlyMap<string, Credentials> {
    return new Map(this.#options.identities.map(({ folder, credentials }) => [folder, credentials]));
  }

  /** Says what there is to say at the start, and tells the user of every change from now on. To be called once. */
  watch(user: HoldingsUser): void {
    const { expiryWarningMs: warningMs, wallClock, log } = this.#options;
    this.#user = user;
    this.#own.look();
    this.#lists?.watch(() => this.#handleLists());
    this.#expiry = new ExpiryTimer({
      identities: () => this.#options.identities,
      warningMs,
      wallClock,
      onNotice: ({ level, fields, text }) => log[level](fields, text),
    });
  }

  /**
   * Reads all folders again. What is in order is used from now on; of the rest, what was in use. Lists come after the identities,
   * so that one which names a former certificate finds the new one in its place. The user is told of the lists even when they
   * are the same: an operator who reloads does not want to wait for the next attempt. Resolves when the lists are in force, with
   * what was not in order.
   */
  async reload(): Promise<readonly HoldingsRefusal[]> {
    if (this.#isClosed) return [];
    for (const identity of this.#options.identities) this.#reloadIdentity(identity);
    this.#reloadTrust();
    this.#expiry?.look();
    // A certificate that is revoked still is named again: the operator has reloaded in vain.
    this.#own.forget();
    await this.#lists?.reload();
    if (!this.#isClosed) this.#handleLists();
    return this.#refusals();
  }

  status(): HoldingsStatus {
    const { identities, expiryWarningMs: warningMs, wallClock } = this.#options;
    const at = wallClock();
    const isRevoked = (id: CertificateId): boolean => this.revocations.findRevoked([id]) !== undefined;
    return {
      certificates: identities.map((identity) => identity.statusAt({ at, warningMs, isRevoked })),
      revocation: this.#lists?.status() ?? null,
      trust: this.#options.trust?.status() ?? null,
    };
  }

  /** Ends the watch: nobody is told of anything any more. */
  close(): void {
    this.#isClosed = true;
    this.#expiry?.[Symbol.dispose]();
    this.#lists?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #reloadIdentity(identity: HeldIdentity): void {
    const { wallClock, log } = this.#options;
    const reload = identity.reload(wallClock());
    switch (reload.code) {
      case "IDENTITY_REFUSED":
        log.warn({ ...reload }, `the identity is refused, the former one stays in use: ${reload.text}`);
        return;
      case "IDENTITY_UNCHANGED":
        log.info({ ...reload }, "the identity is as it was");
        return;
      case "IDENTITY_RELOADED":
        log.info({ ...reload }, "another identity is in use; what was made with the former one is renewed");
        this.#user?.handleCredentials(identity.folder, identity.credentials);
    }
  }

  #reloadTrust(): void {
    const reload = this.#options.trust?.reload();
    if (reload === undefined) return;
    const { log } = this.#options;
    if (reload.code === "TRUST_REFUSED")
      log.warn({ ...reload }, `the roots are refused, the former ones stay in use: ${reload.text}`);
    else
      log.info(
        { ...reload },
        reload.code === "TRUST_UNCHANGED" ? "the roots are as they were" : "other roots are in use",
      );
  }

  #refusals(): HoldingsRefusal[] {
    const { certificates, revocation, trust } = this.status();
    const folders = [...certificates, ...(trust === null ? [] : [{ file: trust.folder, refused: trust.refused }])];
    const ofFolders = folders.flatMap(({ file, refused }) => (refused === null ? [] : [{ ...refused, file }]));
    return [...ofFolders, ...(revocation?.refused ?? [])].map(({ file, code, text }) => ({ file, code, text }));
  }

  #handleLists(): void {
    this.#own.look();
    this.#user?.handleRevocations();
  }
}

/** Undefined without identities and trust. */
async function openLists(options: HoldingsOptions): Promise<HeldRevocations | undefined> {
  const { log, trust } = options;
  const identities = trust === undefined ? options.identities : [...options.identities, trust];
  if (identities.length === 0) return undefined;
  return HeldRevocations.open({
    ...options,
    identities,
    onEvent: ({ level, text, ...fields }) => log[level](fields, text),
  });
}
