/**
 * Decides on the revocation lists that were found in the identity folders and in the state folder: which come into
 * force, which are to be kept, what is told. A look reads all files first, and is decided on here as a whole.
 */
import { keyFingerprintOf } from "../certificates/certificate-id.ts";
import { IdentityError } from "../errors.ts";
import { FirstLists, type NumbersReading } from "./first-lists.ts";
import type { FoundList, ListFileResult, RefusedList } from "./list-file.ts";
import { ListSource, type SourceReading } from "./list-source.ts";
import type { ListTrust } from "./list-trust.ts";
import { ListsInForce } from "./lists-in-force.ts";
import { describeDoubt } from "./list-doubts.ts";
import { type ListNumbers, numbersOf } from "./list-numbers.ts";
import { modeOf, type RevocationDoubt, type RevocationEvent, type RevocationStatus } from "./revocation-event.ts";
import type { RevocationPolicy, Revocations } from "./revocations.ts";

/** A file of the state folder. */
export interface KeptReading {
  readonly path: string;
  /** Issuer and number by the file's name. */
  readonly issuer: string;
  readonly number: bigint;
  /** `known`: the list in force is this one or a newer one, and the file was not read. */
  readonly content: ListFileResult | "damaged" | "known";
}

/** A look at some `crl.pem` files or at all of them. */
export interface FoundLists {
  readonly at: Date;
  readonly trust: ListTrust;
  readonly numbers: NumbersReading;
  readonly files: readonly { readonly source: ListSource; readonly reading: SourceReading }[];
}

/** A look at everything. */
export interface AllFoundLists extends FoundLists {
  /** The files of the state folder; or why it could not be read. */
  readonly kept: readonly KeptReading[] | IdentityError;
}

export interface IntakeOutcome {
  /** The lists in force have changed. */
  readonly isChanged: boolean;
  /** Lists in force that the state folder lacks. */
  readonly toKeep: readonly FoundList[];
  /** Numbers that the identity folders are to know. */
  readonly toNote: ListNumbers;
}

export interface ListIntakeOptions {
  /** The path of `crl.pem` in each identity folder. */
  readonly files: readonly string[];
  readonly policy: RevocationPolicy;
  /** How long before the end of a list warnings begin, in milliseconds. */
  readonly expiryWarningMs: number;
  /** Takes one line for the log. */
  readonly tell: (event: RevocationEvent) => void;
}

export class ListIntake {
  /** The source of each file, in the order of the files. */
  readonly sources: readonly ListSource[];
  readonly #policy: RevocationPolicy;
  readonly #tell: (event: RevocationEvent) => void;
  readonly #inForce: ListsInForce;
  readonly #first: FirstLists;
  /** Number of each issuer's list that the state folder holds for certain. */
  readonly #kept = new Map<string, bigint>();
  #doubts: readonly RevocationDoubt[] = [];
  /** The doubts that were told last. */
  #doubtsTold = "";

  constructor({ files, policy, expiryWarningMs, tell }: ListIntakeOptions) {
    this.sources = files.map((file) => new ListSource(file, tell));
    this.#policy = policy;
    this.#tell = tell;
    this.#inForce = new ListsInForce(policy, expiryWarningMs, tell);
    this.#first = new FirstLists(policy.isRequired);
  }

  get revocations(): Revocations {
    return this.#inForce.revocations;
  }

  /** Says that a list of the issuer with this number, or with a higher one, is in force. */
  isKnown(issuer: string, number: bigint): boolean {
    const present = this.#inForce.numberOf(issuer);
    return present !== undefined && present >= number;
  }

  status(at: Date): RevocationStatus {
    return {
      mode: modeOf(this.#policy),
      graceMs: this.#policy.graceMs,
      lists: this.#inForce.status((issuer, number) => this.#isKept(issuer, number), at),
      refused: this.sources.flatMap(({ refused }) => refused),
      doubts: this.#doubts,
    };
  }

  /**
   * Takes the files that a process finds at its start. Throws the first IdentityError of a `crl.pem` that is refused
   * for a reason other than an old number; that of the state folder; or ERR_IDENTITY_LIST_LOST, when a list of the
   * state folder is damaged and no identity folder has it or a newer one.
   */
  handleStart(found: AllFoundLists): IntakeOutcome {
    const before = this.#inForce.changes;
    this.#handleNumbers(found.numbers);
    // Without the state folder the process cannot know who is revoked, and does not start; a running process has its
    // lists and goes on.
    if (found.kept instanceof IdentityError) throw found.kept;
    for (const { path, number } of this.#takeKept(found.kept, found.trust)) {
      const text = `the kept revocation list ${number} is not needed: no trust bundle holds the CA that made it`;
      this.#tell({ level: "info", code: "REVOCATION_DROPPED", text, file: path, number: String(number) });
    }
    for (const { reading } of found.files) requireInOrder(reading);
    const taken = this.#takeFiles(found);
    this.#requireDamaged(found.kept);
    this.#inForce.tellMissing(found.trust);
    return this.#conclude(taken, found, before);
  }

  /** Takes the files of a reload, which reads everything again, by the present trust bundles of the identities. */
  handleReload(found: AllFoundLists): IntakeOutcome {
    const before = this.#inForce.changes;
    this.#handleNumbers(found.numbers);
    if (found.kept instanceof IdentityError) this.#tellProblem("REVOCATION_REFUSED", found.kept);
    else this.#takeKept(found.kept, found.trust);
    const taken = this.#takeFiles(found, (list, file) => this.#inForce.tellUnchanged(list, file));
    this.#inForce.dropUntrusted(found.trust, found.at);
    this.#inForce.tellMissing(found.trust);
    return this.#conclude(taken, found, before);
  }

  /** Takes the files of lists or numbers that have changed. */
  handleChange(found: FoundLists): IntakeOutcome {
    const before = this.#inForce.changes;
    this.#handleNumbers(found.numbers);
    const files = found.files.filter(({ source, reading }) => !source.doubts(reading));
    return this.#conclude(this.#takeFiles({ ...found, files }), found, before);
  }

  /** Tells of lists that end soon or have ended. To be called now and then. */
  handleTime(at: Date): void {
    this.#inForce.tellEnds(at);
  }

  /** Takes the stamp of the files of numbers: makes all lists due when it has changed since a list was refused. */
  handleNumbersStamp(stamp: string): void {
    if (this.#first.handleStamp(stamp)) for (const source of this.sources) source.forgetContent();
  }

  /** Notes that the state folder holds the list, and none before it. */
  handleKept({ issuer, number }: FoundList): void {
    this.#kept.set(issuer, number);
  }

  /** Tells that the state folder could not take the list. */
  handleNotKept(list: FoundList, { code, message, where }: IdentityError): void {
    const text = `${message}; list ${list.number} of ${list.issuerName} is in force until the process ends`;
    this.#tell({ level: "error", code: "REVOCATION_NOT_KEPT", text, ...where, reason: code });
  }

  /** Tells that the numbers of the lists in force could not be noted in a folder. */
  handleNumbersNotNoted(error: IdentityError): void {
    this.#tellProblem("REVOCATION_NOT_KEPT", error);
  }

  #handleNumbers(numbers: NumbersReading): void {
    for (const problem of numbers.problems) this.#tellProblem("REVOCATION_REFUSED", problem);
    this.#first.handleNumbers(numbers);
  }

  /** Puts newer lists of the state folder in force; returns the files that are not needed any more. */
  #takeKept(kept: readonly KeptReading[], trust: ListTrust): readonly KeptReading[] {
    this.#kept.clear();
    const unneeded: KeptReading[] = [];
    for (const file of kept) {
      const { path, issuer, number, content } = file;
      if (content === "damaged") {
        const problem = { code: "ERR_IDENTITY_LIST_BROKEN", message: "the kept revocation list is damaged" } as const;
        this.#tellProblem("REVOCATION_REFUSED", { ...problem, where: { file: path } });
        continue;
      }
      if (number > (this.#kept.get(issuer) ?? -1n)) this.#kept.set(issuer, number);
      if (content === "known") continue;
      for (const list of content.lists) {
        // The content decides, as somebody may have renamed the file.
        if (!this.isKnown(list.issuer, list.number)) this.#inForce.put(list, path);
      }
      for (const refused of content.refused) {
        if (isOfNobody(file, refused, trust)) unneeded.push(file);
        else this.#tellProblem("REVOCATION_REFUSED", { ...refused, where: { file: path } }, "warn");
      }
    }
    return unneeded;
  }

  /**
   * Puts newer lists in force, and returns all lists of the files that are in force now; `onSame` gets those that were
   * in force before.
   */
  #takeFiles({ files, at }: FoundLists, onSame?: (list: FoundList, file: string) => void): readonly FoundList[] {
    const taken: FoundList[] = [];
    for (const { source, reading } of files) {
      for (const list of source.handleReading(reading, at)) {
        try {
          if (this.#inForce.numberOf(list.issuer) === undefined) this.#first.check(list);
          if (this.#inForce.put(list, source.file) === "same") onSame?.(list, source.file);
          taken.push(list);
        } catch (error) {
          if (!(error instanceof IdentityError)) throw error;
          // A refusal does not fail the start, either: the list in force is newer, and binds; or the CA has no list,
          // and its certificates are refused.
          source.refuse(error, at);
        }
      }
    }
    return taken;
  }

  #conclude(taken: readonly FoundList[], { at, trust }: FoundLists, changesBefore: number): IntakeOutcome {
    this.#inForce.tellEnds(at);
    this.#doubts = this.#first.doubts(trust, this.revocations);
    this.#tellDoubts();
    // Many folders may hold one list; and the list of a CA that was dropped is not in force.
    const toKeep = [...new Map(taken.map((list) => [list.issuer, list])).values()].filter(({ issuer, number }) => {
      return this.#inForce.numberOf(issuer) === number && !this.#isKept(issuer, number);
    });
    const toNote = this.#first.notable(numbersOf(this.revocations.lists));
    return { isChanged: this.#inForce.changes > changesBefore, toKeep, toNote };
  }

  /** Tells the doubts each time they change. `tellMissing` tells of missing lists. */
  #tellDoubts(): void {
    const doubts = this.#doubts.filter(({ kind }) => kind !== "missing");
    const told = JSON.stringify(doubts);
    if (told === this.#doubtsTold) return;
    this.#doubtsTold = told;
    for (const doubt of doubts) {
      const { weight, reason, text } = describeDoubt(doubt);
      const level = weight === "fault" ? "error" : "warn";
      this.#tell({ level, code: "REVOCATION_DOUBTED", text, issuer: doubt.issuer, reason });
    }
  }

  /** A damaged file of the state folder does no harm when its list, or a newer one, is in force. */
  #requireDamaged(kept: readonly KeptReading[]): void {
    for (const { path, issuer, number, content } of kept) {
      if (content !== "damaged" || this.isKnown(issuer, number)) continue;
      const message = `the kept revocation list ${number} of the CA with key ${issuer} is damaged, and there is no other`;
      throw new IdentityError("ERR_IDENTITY_LIST_LOST", message, { where: { file: path } });
    }
  }

  #isKept(issuer: string, number: bigint): boolean {
    return this.#kept.get(issuer) === number;
  }

  #tellProblem(
    code: RevocationEvent["code"],
    problem: Pick<IdentityError, "code" | "message" | "where">,
    level: "warn" | "error" = "error",
  ): void {
    this.#tell({ level, code, text: problem.message, ...problem.where, reason: problem.code });
  }
}

/**
 * Says whether a list was refused because no trust bundle holds its CA any more. Such a CA lets nobody in, and the list
 * is kept until the CA returns. A change of the root leads to this, and the reload that dropped the CA has told so.
 */
function isOfNobody({ issuer }: KeptReading, { code }: RefusedList, { roots, intermediates }: ListTrust): boolean {
  if (code !== "ERR_IDENTITY_LIST_UNTRUSTED") return false;
  return ![...roots, ...intermediates].some((ca) => keyFingerprintOf(ca) === issuer);
}

/** Throws the refusal that keeps a process from starting with the file. */
function requireInOrder(reading: SourceReading): void {
  if (reading.kind === "unreadable") throw reading.error;
  if (reading.kind !== "read") return;
  const [refused] = reading.result.refused;
  if (refused !== undefined) throw new IdentityError(refused.code, refused.message, { where: { file: reading.path } });
}
