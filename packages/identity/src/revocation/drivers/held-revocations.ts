/**
 * The revocation lists of a process for one cluster: from `crl.pem` of its identity folders, which are watched, and from the
 * state folder, where the newest list of each issuer is kept. `ListIntake` decides which lists come into force.
 */
import { join } from "node:path";
import { monotonicNow, untilRound } from "@florenetes/scheduling";
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
   * Reads all lists. Rejects with an IdentityError when a `crl.pem` is refused for a reason other than an old number;
   * when the state folder cannot be read; or, with ERR_IDENTITY_LIST_LOST, when a list of the state folder is damaged
   * and no identity folder has it or a newer one.
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
   * Finds out which lists `open` would put in force, and which it would refuse without failing. Keeps and tells
   * nothing. Rejects as `open` does.
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
   * Watches the folders from now on. `onChange` tells the caller that the watch or a reload has changed the lists in
   * force, so that open connections have to be judged again. To be called once.
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

  /** Runs an action while nothing is read or kept here; rejects as the action does. */
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
   * Runs actions one after the other, so that the later of two changes is read later. The caller of an action gets its
   * failure, and later actions run all the same.
   */
  #queue(action: () => Promise<void>): Promise<void> {
    const done = this.#lastTask.then(async () => {
      if (!this.#isClosed) await action();
    });
    this.#lastTask = done.catch(() => undefined);
    return done;
  }

  /**
   * Polls, since the file may be replaced by renaming, behind symbolic links, and on file systems without notifications. The process does not
   * wake up for this alone: it looks together with its other periodic work.
   */
  #planLook(): void {
    this.#timer = setTimeout(
      () => {
        // A rejection here is a mistake of the program, and ends a process that does not catch it: the watch never ends
        // unnoticed.
        void this.#queue(() => this.#look()).finally(() => {
          if (!this.#isClosed) this.#planLook();
        });
      },
      untilRound(monotonicNow(), LIST_POLL_MS),
    ).unref();
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
   * Notes in every folder which lists are in force, so that a process that has lost its state folder knows that there
   * were any. This waits for the disk, but only when lists change, or somebody has removed the notes.
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
