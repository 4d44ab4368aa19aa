/**
 * The revocation lists of a process for one cluster: from `crl.pem` of its identity folders, which are watched, and from the
 * state folder, where the newest list of each issuer is kept. What becomes of what is read is decided in ListIntake.
 */
import { join } from "node:path";
import { IdentityError } from "../../errors.ts";
import { LIST_POLL_MS } from "../../limits.ts";
import type { FoundList } from "../list-file.ts";
import { type IntakeOutcome, ListIntake } from "../list-intake.ts";
import type { ListNumbers } from "../list-numbers.ts";
import type { RevocationEvent, RevocationStatus } from "../revocation-event.ts";
import type { RevocationPolicy, Revocations } from "../revocations.ts";
import { KeptLists } from "./kept-lists.ts";
import { listFileOf, ListFolders, type ListFoldersOptions } from "./list-folders.ts";
import { noteListNumbers } from "./list-numbers-file.ts";

export interface HeldRevocationsOptions extends ListFoldersOptions {
  /** A folder for this process and cluster alone, where the newest list of each issuer is kept; made when it is needed. */
  readonly stateFolder: string;
  readonly policy: RevocationPolicy;
  /** How long before the end of a list warnings begin, in milliseconds. */
  readonly expiryWarningMs: number;
  /** Takes one line for the log. */
  onEvent(event: RevocationEvent): void;
}

/** The folder where a process with this state directory keeps the lists of a cluster. */
export function revocationFolder(state: string, cluster: string): string {
  return join(state, "revocation", cluster);
}

export class HeldRevocations {
  readonly #options: HeldRevocationsOptions;
  readonly #intake: ListIntake;
  readonly #kept: KeptLists;
  readonly #folders: ListFolders;
  #onChange: (() => void) | undefined;
  #lastTask: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(options: HeldRevocationsOptions) {
    this.#options = options;
    this.#intake = new ListIntake({
      files: options.identities.map(({ folder }) => listFileOf(folder)),
      policy: options.policy,
      expiryWarningMs: options.expiryWarningMs,
      tell: (event) => {
        if (!this.#isClosed) options.onEvent(event);
      },
    });
    this.#kept = new KeptLists(options.stateFolder);
    this.#folders = new ListFolders(options, this.#kept);
  }

  /**
   * Reads all lists. Rejects with an IdentityError when a `crl.pem` is not in order, for
   * another reason than an old number; when the state folder cannot be read; or when a list of it is damaged and no folder
   * has it or a newer one: ERR_IDENTITY_LIST_LOST.
   */
  static async open(options: HeldRevocationsOptions): Promise<HeldRevocations> {
    const held = new HeldRevocations(options);
    try {
      const found = await held.#folders.readAll(held.#intake);
      await held.#apply(held.#intake.handleStart(found!));
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
  ): Promise<{ readonly revocations: Revocations; readonly status: RevocationStatus }> {
    const held = new HeldRevocations({ ...options, onEvent: () => undefined });
    try {
      const found = await held.#folders.readAll(held.#intake);
      held.#intake.handleStart(found!);
      return { revocations: held.revocations, status: held.status() };
    } finally {
      held.close();
    }
  }

  get revocations(): Revocations {
    return this.#intake.revocations;
  }

  status(): RevocationStatus {
    return this.#intake.status(this.#options.wallClock());
  }

  /**
   * Looks at the folders again and again from now on. `onChange` says that the lists in force have changed, by the watch or by a
   * reload: what is open has to be looked at. To be called once.
   */
  watch(onChange: () => void): void {
    this.#onChange = onChange;
    this.#planLook();
  }

  /** Reads everything again, by the trust bundles that the identities have now. Resolves when the lists are in force. */
  reload(): Promise<void> {
    return this.#queue(async () => {
      const found = await this.#folders.readAll(this.#intake);
      if (found !== undefined) await this.#apply(this.#intake.handleReload(found));
    });
  }

  /** Does something while nothing is read or kept here; rejects as that does. */
  whileIdle<Result>(action: () => Promise<Result>): Promise<Result> {
    const done = this.#lastTask.then(action);
    this.#lastTask = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#folders.close();
  }

  /**
   * Runs actions one after the other: of two changes in quick succession the later one is read later. The caller of an
   * action hears of its failure, and the actions after it run all the same.
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
    const found = await this.#folders.readDue(this.#intake);
    if (found !== undefined) await this.#apply(this.#intake.handleChange(found));
    this.#intake.handleTime(this.#options.wallClock());
  }

  /** Sessions that have to end do not wait for the disk. */
  async #apply({ isChanged, toKeep, toNote }: IntakeOutcome): Promise<void> {
    if (isChanged) this.#onChange?.();
    for (const list of toKeep) if (!this.#isClosed) await this.#keep(list);
    if (!this.#isClosed) this.#noteNumbers(toNote);
  }

  async #keep(list: FoundList): Promise<void> {
    try {
      await this.#kept.keep(list);
      this.#intake.handleKept(list);
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      this.#intake.handleNotKept(list, error);
    }
  }

  /**
   * Notes in every folder which lists are in force: when the state folder is lost, it is known that there were any. It waits for the
   * disk, as seldom as lists change or somebody has removed what was noted.
   */
  #noteNumbers(numbers: ListNumbers): void {
    if (numbers.size === 0) return;
    for (const { folder } of this.#options.identities) {
      try {
        noteListNumbers(folder, numbers);
      } catch (error) {
        if (!(error instanceof IdentityError)) throw error;
        this.#intake.handleNumbersNotNoted(error);
      }
    }
  }
}
