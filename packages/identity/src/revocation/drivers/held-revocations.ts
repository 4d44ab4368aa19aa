/**
 * The revocation lists of a process for one cluster: from `crl.pem` of its identity folders, which are watched, and from the
 * state folder, where the newest list of each issuer is kept.
 */
import { join } from "node:path";
import { keyFingerprintOf } from "../../certificates/certificate-id.ts";
import type { Credentials } from "../../credentials.ts";
import { IdentityError, type IdentityErrorCode } from "../../errors.ts";
import { LIST_POLL_MS } from "../../limits.ts";
import { type FoundList, type ListFileResult, type RefusedList, taskOf } from "../list-file.ts";
import { type ListTrust, listTrustOf } from "../list-trust.ts";
import { ListsInForce } from "../lists-in-force.ts";
import { modeOf, type RevocationEvent, type RevocationRefusal, type RevocationStatus } from "../revocation-event.ts";
import type { RevocationPolicy, Revocations } from "../revocations.ts";
import { FirstLists } from "./first-lists.ts";
import { type KeptFile, KeptLists } from "./kept-lists.ts";
import { ListReader } from "./list-reader.ts";
import { ListSource, type Pass } from "./list-source.ts";

export interface HeldRevocationsOptions {
  readonly cluster: string;
  /** The identities of the cluster. Their trust bundles and CA certificates are looked at anew whenever lists are read. */
  readonly identities: readonly { readonly folder: string; readonly credentials: Credentials }[];
  /** A folder for this process and cluster alone, where the newest list of each issuer is kept; made when it is needed. */
  readonly stateFolder: string;
  readonly policy: RevocationPolicy;
  /** Lists begin and end by this clock. */
  readonly wallClock: () => Date;
  /** Takes one line for the log. */
  onEvent(event: RevocationEvent): void;
}

/** The folder where a process with this state directory keeps the lists of a cluster. */
export function revocationFolder(state: string, cluster: string): string {
  return join(state, "revocation", cluster);
}

export class HeldRevocations {
  readonly #options: HeldRevocationsOptions;
  readonly #inForce: ListsInForce;
  readonly #kept: KeptLists;
  readonly #reader = new ListReader();
  readonly #sources: readonly ListSource[];
  readonly #first: FirstLists;
  #onChange: (() => void) | undefined;
  #lastTask: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(options: HeldRevocationsOptions) {
    this.#options = options;
    this.#inForce = new ListsInForce(options.policy, (event) => this.#emit(event));
    this.#kept = new KeptLists(options.stateFolder);
    const folders = options.identities.map(({ folder }) => folder);
    const tell = (event: RevocationEvent): void => this.#emit(event);
    this.#sources = folders.map((folder) => new ListSource(folder, tell));
    this.#first = new FirstLists({ folders, isRequired: options.policy.isRequired, tell });
  }

  /**
   * Reads all lists. Rejects with an IdentityError when a `crl.pem` is not in order, for
   * another reason than an old number; when the state folder cannot be read; or when a list of it is damaged and no folder
   * has it or a newer one: ERR_IDENTITY_LIST_LOST.
   */
  static async open(options: HeldRevocationsOptions): Promise<HeldRevocations> {
    const held = new HeldRevocations(options);
    try {
      await held.#keepAll(await held.#load(held.#sources, "start"));
    } catch (error) {
      held.close();
      throw error;
    }
    return held;
  }

  /**
   * Finds out which lists `open` would put in force, and which it would refuse and go on. It leaves no trace: nothing is kept
   * or told. Rejects as `open` does.
   */
  static async look(
    options: Omit<HeldRevocationsOptions, "onEvent">,
  ): Promise<{ readonly revocations: Revocations; readonly refused: readonly RevocationRefusal[] }> {
    const held = new HeldRevocations({ ...options, onEvent: () => undefined });
    try {
      await held.#load(held.#sources, "start");
      return { revocations: held.revocations, refused: held.status().refused };
    } finally {
      held.close();
    }
  }

  get revocations(): Revocations {
    return this.#inForce.revocations;
  }

  status(): RevocationStatus {
    const { policy, wallClock } = this.#options;
    return {
      mode: modeOf(policy),
      graceMs: policy.graceMs,
      lists: this.#inForce.status((issuer, number) => this.#kept.has(issuer, number), wallClock()),
      refused: this.#sources.flatMap(({ refused }) => refused),
    };
  }

  /**
   * Looks at the folders again and again from now on. `onChange` says that the lists in force have changed, by the watch or by a
   * reload: what is open has to be looked at. To be called once.
   */
  watch(onChange: () => void): void {
    this.#onChange = onChange;
    this.#planLook();
  }

  /** Reads everything again, by the trust bundles that the identities have now. Resolves when it is in force. */
  reload(): Promise<void> {
    return this.#queue(async () => this.#keepAll(await this.#load(this.#sources, "reload")));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#reader.close();
  }

  /**
   * One after the other: of two changes in quick succession the later one is read later. One that fails is its caller's to hear
   * of, and those after it are none the worse.
   */
  #queue(action: () => Promise<void>): Promise<void> {
    const done = this.#lastTask.then(async () => {
      if (!this.#isClosed) await action();
    });
    this.#lastTask = done.catch(() => undefined);
    return done;
  }

  /** Polls: the file may be replaced by renaming, behind symbolic links, and on file systems that tell nothing of it. */
  #planLook(): void {
    this.#timer = setTimeout(() => {
      // A rejection here is a mistake of ours, and ends a process that does not catch it: but the watch never ends unheard.
      void this.#queue(() => this.#look()).finally(() => {
        if (!this.#isClosed) this.#planLook();
      });
    }, LIST_POLL_MS).unref();
  }

  async #look(): Promise<void> {
    const { wallClock } = this.#options;
    const changed: ListSource[] = [];
    if (await this.#first.takeNews()) for (const source of this.#sources) source.forgetContent();
    for (const source of this.#sources) if (await source.isDue(wallClock())) changed.push(source);
    if (changed.length > 0) await this.#keepAll(await this.#load(changed, "change"));
    this.#inForce.tellExpired(wallClock());
  }

  /** Puts newer lists in force; returns those that the state folder has not got. */
  async #load(sources: readonly ListSource[], why: Pass["why"]): Promise<readonly FoundList[]> {
    const credentials = this.#options.identities.map((identity) => identity.credentials);
    const trust = listTrustOf(this.#options.cluster, credentials);
    const pass = this.#passOf(why, trust);
    await this.#first.read();
    const kept = why === "change" ? { isChanged: false, damaged: [] } : await this.#loadKept(pass);
    let { isChanged } = kept;
    const toKeep: FoundList[] = [];
    for (const source of sources) {
      for (const list of await source.load(pass)) {
        const outcome = this.#take(list, source, pass);
        if (outcome === "newer") isChanged = true;
        if (outcome !== "refused" && !this.#kept.has(list.issuer, list.number)) toKeep.push(list);
      }
    }
    if (this.#isClosed) return [];
    if (why === "start") this.#requireFound(kept.damaged);
    if (why === "reload" && this.#inForce.dropUntrusted(trust, pass.at)) isChanged = true;
    if (why !== "change") this.#inForce.tellMissing(trust);
    this.#inForce.tellExpired(pass.at);
    // Sessions that have to end do not wait for the disk.
    if (isChanged && why !== "start") this.#onChange?.();
    return toKeep.filter(({ issuer, number }) => this.#inForce.numberOf(issuer) === number);
  }

  /** Puts the lists of the state folder in force; returns the files that are damaged. */
  async #loadKept(pass: Pass): Promise<{ readonly isChanged: boolean; readonly damaged: readonly KeptFile[] }> {
    let isChanged = false;
    const damaged: KeptFile[] = [];
    for (const file of await this.#readKept(pass)) {
      const { path, text } = file;
      if (text === undefined) {
        damaged.push(file);
        this.#tellRefused(path, "ERR_IDENTITY_LIST_BROKEN", "the kept revocation list is damaged", "error");
        continue;
      }
      this.#kept.confirm(file);
      // A reload finds what is in force already; and a crash, or a disk that was full, can leave older ones.
      if ((this.#inForce.numberOf(file.issuer) ?? -1n) >= file.number) continue;
      const result = await this.#reader.read(taskOf(text, pass.trust, pass.at, true));
      for (const list of result?.lists ?? []) {
        // The content decides: somebody may have renamed the file.
        if ((this.#inForce.numberOf(list.issuer) ?? -1n) >= list.number) continue;
        this.#inForce.put(list, path);
        isChanged = true;
      }
      for (const refused of result?.refused ?? []) this.#tellUnused(file, refused, pass);
    }
    return { isChanged, damaged };
  }

  /**
   * When its CA is in no trust bundle any more, nobody comes in by it, and the list waits for its return: after a change of the
   * root that is as it should be, and a reload that has seen the CA go has told so.
   */
  #tellUnused({ path, issuer, number }: KeptFile, { code, message }: RefusedList, { why, trust }: Pass): void {
    const isKnown = [...trust.roots, ...trust.intermediates].some((ca) => keyFingerprintOf(ca) === issuer);
    if (isKnown || code !== "ERR_IDENTITY_LIST_UNTRUSTED") return this.#tellRefused(path, code, message, "warn");
    if (why !== "start") return;
    const text = `the kept revocation list ${number} is not needed: no trust bundle holds the CA that made it`;
    this.#emit({ level: "info", code: "REVOCATION_DROPPED", text, file: path, number: String(number) });
  }

  /** Without the folder nobody knows what is revoked, and nothing is started; a process that has its lists goes on. */
  async #readKept({ why }: Pass): Promise<readonly KeptFile[]> {
    try {
      return await this.#kept.read();
    } catch (error) {
      if (!(error instanceof IdentityError) || why === "start") throw error;
      this.#tellRefused(this.#options.stateFolder, error.code, error.message, "error");
      return [];
    }
  }

  /** A damaged file of the state folder does no harm when there is the list that it held, or a newer one. */
  #requireFound(damaged: readonly KeptFile[]): void {
    for (const { path, issuer, number } of damaged) {
      if ((this.#inForce.numberOf(issuer) ?? -1n) >= number) continue;
      const message = `the kept revocation list ${number} of the CA with key ${issuer} is damaged, and there is no other`;
      throw new IdentityError("ERR_IDENTITY_LIST_LOST", message, { where: { file: path } });
    }
  }

  /** Nodes with many folders have the same file in all of them, which is read once. */
  #passOf(why: Pass["why"], trust: ListTrust): Pass {
    const at = this.#options.wallClock();
    const results = new Map<string, ListFileResult | undefined>();
    return {
      why,
      at,
      trust,
      read: async ({ digest, text }) => {
        const result = results.get(digest) ?? (await this.#reader.read(taskOf(text, trust, at)));
        results.set(digest, result);
        return result;
      },
    };
  }

  #take(list: FoundList, source: ListSource, pass: Pass): "newer" | "same" | "refused" {
    try {
      if (this.#inForce.numberOf(list.issuer) === undefined) this.#first.check(list);
      const outcome = this.#inForce.put(list, source.file);
      if (outcome === "same" && pass.why === "reload") this.#inForce.tellUnchanged(list, source.file);
      return outcome;
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      // At the start, too: the list that is in force is newer, and binds; or nobody of its CA is let in.
      source.refuse(error, { ...pass, why: "change" });
      return "refused";
    }
  }

  async #keepAll(lists: readonly FoundList[]): Promise<void> {
    for (const list of lists) if (!this.#isClosed) await this.#keep(list);
    if (!this.#isClosed) this.#first.note(this.revocations.lists);
  }

  async #keep(list: FoundList): Promise<void> {
    try {
      await this.#kept.keep(list);
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      const text = `${error.message}; list ${list.number} of ${list.issuerName} is in force until the process ends`;
      const file = error.where?.file ?? this.#options.stateFolder;
      this.#emit({ level: "error", code: "REVOCATION_NOT_KEPT", text, file, reason: error.code });
    }
  }

  #tellRefused(file: string, reason: IdentityErrorCode, text: string, level: "warn" | "error"): void {
    this.#emit({ level, code: "REVOCATION_REFUSED", text, file, reason });
  }

  #emit(event: RevocationEvent): void {
    if (!this.#isClosed) this.#options.onEvent(event);
  }
}
