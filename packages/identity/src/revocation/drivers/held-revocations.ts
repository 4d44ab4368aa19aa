/**
 * The revocation lists that are in force in a process for one cluster. They come from `crl.pem` of its identity folders and
 * from the state folder, and only ever from the one in force to one with a higher number.
 */
import { join } from "node:path";
import { type Certificate, readCertificate } from "../../certificates/certificate.ts";
import { keyFingerprintOf } from "../../certificates/certificate-id.ts";
import { readTrustBundle } from "../../certificates/chain.ts";
import { describeName } from "../../certificates/description.ts";
import { readCertificatePem } from "../../certificates/pem.ts";
import type { HeldIdentity } from "../../drivers/held-identity.ts";
import { IdentityError } from "../../errors.ts";
import { DAY_MS, LIST_POLL_MS } from "../../limits.ts";
import { type FoundList, type ListFileResult, type RefusedList, toRevocationList } from "../list-file.ts";
import { isStillTrusted, type ListTrust, type VerifiedList } from "../list-issuer.ts";
import {
  describeList,
  modeOf,
  type RevocationEvent,
  type RevocationRefusal,
  type RevocationStatus,
} from "../revocation-event.ts";
import { type RevocationPolicy, Revocations } from "../revocations.ts";
import { type ListFileContent, readCrlFile, readListFileAt, REVOCATION_FILE, stampOf } from "./crl-file.ts";
import { findKept, keepList, type KeptName } from "./kept-lists.ts";
import { ListReader } from "./list-reader.ts";

export interface HeldRevocationsOptions {
  readonly cluster: string;
  /** Those of the cluster. Their trust bundles and CA certificates are looked at anew whenever lists are read. */
  readonly identities: readonly HeldIdentity[];
  /** A folder for this cluster alone, where the newest list of each issuer is kept; made when it is needed. */
  readonly stateFolder: string;
  readonly policy: RevocationPolicy;
  /** For the log. */
  onEvent(event: RevocationEvent): void;
  /** The lists in force have changed: what is open has to be looked at. */
  onChange(): void;
}

/** A folder, and what is known of its `crl.pem`. */
interface Source {
  readonly folder: string;
  readonly file: string;
  /** Undefined: there was none at the last look. */
  stamp: string | undefined;
  digest: string | undefined;
  refused: readonly RevocationRefusal[];
  /** When a list of it begins that was refused for being early. */
  retryAt: number | undefined;
}

/** What was read of a source, before anything of it is in force. */
interface Finding {
  readonly source: Source;
  readonly path: string;
  readonly result: ListFileResult;
}

type Cause = "start" | "reload" | "change";

export class HeldRevocations {
  readonly revocations: Revocations;
  readonly #options: HeldRevocationsOptions;
  readonly #reader = new ListReader();
  readonly #sources: readonly Source[];
  readonly #lists = new Map<string, VerifiedList>();
  /** Issuers whose list in force the state folder does not have. */
  readonly #unkept = new Set<string>();
  readonly #expiryTold = new Map<string, number>();
  #work: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(options: HeldRevocationsOptions) {
    this.#options = options;
    this.revocations = new Revocations(options.policy);
    this.#sources = options.identities.map(({ folder }) => ({
      folder,
      file: join(folder, REVOCATION_FILE),
      stamp: undefined,
      digest: undefined,
      refused: [],
      retryAt: undefined,
    }));
  }

  /**
   * Reads all lists, and goes on watching the folders. Rejects with an IdentityError when a `crl.pem` is not in order, for
   * another reason than an old number, or when a list is lost: ERR_IDENTITY_LIST_LOST.
   */
  static async open(options: HeldRevocationsOptions): Promise<HeldRevocations> {
    const held = new HeldRevocations(options);
    try {
      await held.#load(held.#sources, "start");
    } catch (error) {
      held.close();
      throw error;
    }
    held.#tellMissing();
    held.#watch();
    return held;
  }

  status(at: Date = new Date()): RevocationStatus {
    const { policy } = this.#options;
    const lists = [...this.#lists.values()].map((list) => ({
      ...describeList(list),
      isExpired: at > list.nextUpdate,
      isKept: !this.#unkept.has(list.issuer),
    }));
    return {
      mode: modeOf(policy),
      graceMs: policy.graceMs,
      lists,
      refused: this.#sources.flatMap(({ refused }) => refused),
    };
  }

  /** Reads everything again, by the trust bundles that the identities have now. Resolves when it is in force. */
  reload(): Promise<void> {
    return this.#queue(() => this.#load(this.#sources, "reload"));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#reader.close();
  }

  /** One after the other: of two changes in quick succession the later one is read later. */
  #queue(action: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(() => (this.#isClosed ? undefined : action()));
    return this.#work;
  }

  #watch(): void {
    this.#timer = setTimeout(() => {
      void this.#queue(() => this.#look()).then(() => this.#isClosed || this.#watch());
    }, LIST_POLL_MS).unref();
  }

  async #look(): Promise<void> {
    const now = Date.now();
    const changed: Source[] = [];
    for (const source of this.#sources) {
      const isDue = source.retryAt !== undefined && now >= source.retryAt;
      if (isDue || (await stampOf(source.folder)) !== source.stamp) changed.push(source);
    }
    if (changed.length > 0) await this.#load(changed, "change");
    this.#tellExpired(Date.now());
  }

  async #load(sources: readonly Source[], why: Cause): Promise<void> {
    const at = new Date();
    const trust = this.#trust();
    const findings: Finding[] = [];
    for (const source of sources) {
      const finding = await this.#read(source, trust, at, why);
      if (finding !== undefined) findings.push(finding);
    }
    let isChanged = false;
    const damaged = why === "change" ? [] : await this.#loadKept(trust, at, () => (isChanged = true));
    const toKeep: FoundList[] = [];
    for (const { source, path, result } of findings) {
      for (const list of result.lists) {
        const isNewer = this.#take(list, path, source, at, why);
        if (isNewer || this.#unkept.has(list.issuer)) toKeep.push(list);
        isChanged ||= isNewer;
      }
    }
    this.#requireFound(damaged, why);
    if (why === "reload" && this.#dropUntrusted(trust, at)) isChanged = true;
    this.#tellExpired(at.getTime());
    // What has to end does not wait for the disk.
    if (isChanged && !this.#isClosed) this.#options.onChange();
    for (const list of toKeep) if (!this.#isClosed) await this.#keep(list);
  }

  /** Reads a source and tells what is refused of it; undefined when there is nothing to take. */
  async #read(source: Source, trust: ListTrust, at: Date, why: Cause): Promise<Finding | undefined> {
    source.retryAt = undefined;
    let content: ListFileContent | undefined;
    try {
      content = await readCrlFile(source.folder);
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      if (why === "start") throw error;
      source.stamp = await stampOf(source.folder);
      this.#refuse(source, source.file, error, at);
      return undefined;
    }
    if (content === undefined) {
      this.#tellRemoved(source);
      return undefined;
    }
    const isSame = content.digest === source.digest && why === "change" && source.refused.length === 0;
    source.stamp = content.stamp;
    source.digest = content.digest;
    if (isSame) return undefined;
    const result = await this.#parse(content, trust, at, false);
    if (result === undefined) return undefined;
    source.refused = [];
    for (const refused of result.refused) {
      if (why === "start") throw new IdentityError(refused.code, refused.message, { where: { file: content.path } });
      this.#refuse(source, content.path, refused, at);
      if (refused.retryAt !== undefined) source.retryAt = refused.retryAt.getTime();
    }
    return { source, path: content.path, result };
  }

  #parse(content: ListFileContent, trust: ListTrust, at: Date, isKept: boolean): Promise<ListFileResult | undefined> {
    return this.#reader.read({
      text: content.text,
      cluster: trust.cluster,
      roots: trust.roots.map(({ der }) => der),
      intermediates: trust.intermediates.map(({ der }) => der),
      at,
      isKept,
    });
  }

  /** Puts the lists of the state folder in force; returns the names of the files that are damaged. */
  async #loadKept(trust: ListTrust, at: Date, onChange: () => void): Promise<KeptName[]> {
    const damaged: KeptName[] = [];
    for (const kept of await findKept(this.#options.stateFolder)) {
      const content = await readListFileAt(kept.path);
      if (content === undefined) continue;
      const result = await this.#parse(content, trust, at, true);
      for (const list of result?.lists ?? []) {
        if (this.#putInForce(list, kept.path)) onChange();
      }
      for (const { code, message } of result?.refused ?? []) {
        const isForeign = code === "ERR_IDENTITY_LIST_UNTRUSTED";
        const level = isForeign ? "warn" : "error";
        this.#emit({ level, code: "REVOCATION_REFUSED", text: message, file: kept.path, reason: code });
        if (!isForeign) damaged.push(kept);
      }
    }
    return damaged;
  }

  /** Puts a list of a folder in force, if it is newer than the one in force. True when it is. */
  #take(found: FoundList, path: string, source: Source, at: Date, why: Cause): boolean {
    const present = this.#lists.get(found.issuer);
    const isNewer = this.#putInForce(found, path);
    if (!isNewer && present !== undefined) {
      const isSame = present.number === found.number && Buffer.compare(present.der, found.der) === 0;
      if (!isSame) {
        const reason =
          present.number === found.number
            ? "another list with this number is in force"
            : `list ${present.number} is in force, which is newer`;
        const message = `revocation list ${found.number} of ${found.issuerName} is refused: ${reason}`;
        this.#refuse(source, path, { code: "ERR_IDENTITY_LIST_OLDER", message }, at);
        return false;
      }
      if (why === "reload") this.#tell("info", "REVOCATION_UNCHANGED", "the list is in force already", present, path);
    }
    return isNewer;
  }

  #putInForce(found: FoundList, path: string): boolean {
    const list = toRevocationList(found);
    if (this.revocations.put(list) !== "newer") return false;
    this.#lists.set(list.issuer, list);
    this.#tell("info", "REVOCATION_LOADED", `list ${list.number} of ${list.issuerName} is in force`, list, path);
    return true;
  }

  async #keep(found: FoundList): Promise<void> {
    try {
      await keepList(this.#options.stateFolder, found);
      this.#unkept.delete(found.issuer);
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      this.#unkept.add(found.issuer);
      const text = `${error.message}; the list is in force, but only until the process ends`;
      this.#emit({
        level: "error",
        code: "REVOCATION_NOT_KEPT",
        text,
        file: error.where?.file ?? this.#options.stateFolder,
        reason: error.code,
      });
    }
  }

  /** A damaged file of the state folder does no harm when there is the list that it held, or a newer one. */
  #requireFound(damaged: readonly KeptName[], why: Cause): void {
    for (const { path, issuer, number } of damaged) {
      const list = this.#lists.get(issuer);
      if ((list !== undefined && list.number >= number) || why !== "start") continue;
      const message = `the kept revocation list ${number} of the CA with key ${issuer} is damaged, and there is no other`;
      throw new IdentityError("ERR_IDENTITY_LIST_LOST", message, { where: { file: path } });
    }
  }

  /** A CA that is trusted no more lets nobody in: its list has nothing left to refuse. */
  #dropUntrusted(trust: ListTrust, at: Date): boolean {
    const dropped = [...this.#lists.values()].filter((list) => !isStillTrusted(list, trust, at));
    for (const list of dropped) {
      this.#lists.delete(list.issuer);
      this.#unkept.delete(list.issuer);
      this.revocations.remove(list.issuer);
      this.#tell("info", "REVOCATION_DROPPED", `${list.issuerName} is trusted no more, and its list not needed`, list);
    }
    return dropped.length > 0;
  }

  #trust(): ListTrust {
    const roots = new Map<string, Certificate>();
    const intermediates = new Map<string, Certificate>();
    const add = (to: Map<string, Certificate>, each: Certificate): unknown =>
      to.set(Buffer.from(each.der).toString("latin1"), each);
    for (const { credentials } of this.#options.identities) {
      for (const root of readTrustBundle(credentials.trustBundlePem)) add(roots, root);
      for (const der of readCertificatePem(credentials.certificateChainPem).slice(1)) {
        add(intermediates, readCertificate(der));
      }
    }
    return {
      cluster: this.#options.cluster,
      roots: [...roots.values()],
      intermediates: [...intermediates.values()],
    };
  }

  #tellRemoved(source: Source): void {
    if (source.digest !== undefined) {
      const text = "the file is gone; the lists that it held are in force still";
      this.#emit({ level: "warn", code: "REVOCATION_FILE_REMOVED", text, file: source.file });
    }
    source.stamp = undefined;
    source.digest = undefined;
    source.refused = [];
  }

  #tellMissing(): void {
    if (!this.#options.policy.isRequired) return;
    for (const root of this.#trust().roots) {
      if (this.#lists.has(keyFingerprintOf(root))) continue;
      const text = `revocation lists are required, and there is none of ${describeName(root.subject)}: its certificates are refused`;
      this.#emit({ level: "warn", code: "REVOCATION_MISSING", text, reason: "ERR_IDENTITY_REVOCATION_MISSING" });
    }
  }

  /** Once when a list has ended, and once a day from then on. */
  #tellExpired(now: number): void {
    for (const list of this.#lists.values()) {
      if (now <= list.nextUpdate.getTime()) {
        this.#expiryTold.delete(list.issuer);
        continue;
      }
      if (now < (this.#expiryTold.get(list.issuer) ?? 0) + DAY_MS) continue;
      this.#expiryTold.set(list.issuer, now);
      const last = new Date(list.nextUpdate.getTime() + this.#options.policy.graceMs).toISOString();
      const text = `the list of ${list.issuerName} has ended: it binds still, and from ${last} on new handshakes are refused`;
      this.#tell("warn", "REVOCATION_EXPIRED", text, list);
    }
  }

  #refuse(source: Source, file: string, { code, message }: Pick<RefusedList, "code" | "message">, at: Date): void {
    source.refused = [...source.refused, { file, code, text: message, at: at.toISOString() }];
    this.#emit({ level: "error", code: "REVOCATION_REFUSED", text: message, file, reason: code });
  }

  #tell(
    level: RevocationEvent["level"],
    code: RevocationEvent["code"],
    text: string,
    list: VerifiedList,
    file?: string,
  ): void {
    this.#emit({ level, code, text, ...(file === undefined ? {} : { file }), ...describeList(list) });
  }

  #emit(event: RevocationEvent): void {
    if (!this.#isClosed) this.#options.onEvent(event);
  }
}
