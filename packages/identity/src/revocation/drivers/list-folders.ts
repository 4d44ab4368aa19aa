/** Reads the revocation lists of a process's identity folders and state folder. Decides nothing. */
import { dirname, join } from "node:path";
import { IdentityError } from "../../errors.ts";
import { type ListFileResult, taskOf } from "../list-file.ts";
import type { AllFoundLists, FoundLists, KeptReading, ListIntake } from "../list-intake.ts";
import type { ListSource, SourceReading } from "../list-source.ts";
import { type ListTrust, listTrustOf, type Trusting } from "../list-trust.ts";
import { type ListFileContent, readCrlFile, REVOCATION_FILE, stampOf } from "./crl-file.ts";
import type { KeptLists } from "./kept-lists.ts";
import { listNumbersStamp, readAllListNumbers } from "./list-numbers-file.ts";
import { ListReader } from "./list-reader.ts";

export interface ListFoldersOptions {
  readonly cluster: string;
  /**
   * The identities of the cluster, and trust folders without one. Every reading of lists takes their trust bundles and
   * CA certificates anew.
   */
  readonly identities: readonly { readonly folder: string; readonly credentials: Trusting }[];
  /** The clock by which lists begin and end. */
  readonly wallClock: () => Date;
}

/** The path of the file of revocation lists in an identity folder. */
export function listFileOf(folder: string): string {
  return join(folder, REVOCATION_FILE);
}

export class ListFolders {
  readonly #options: ListFoldersOptions;
  readonly #kept: KeptLists;
  readonly #reader = new ListReader();
  /** The stamp of the files of numbers at the last reading. */
  #numbersStamp: string | undefined;
  #isClosed = false;

  constructor(options: ListFoldersOptions, kept: KeptLists) {
    this.#options = options;
    this.#kept = kept;
  }

  /** Reads everything. Undefined when this was closed meanwhile. */
  async readAll(intake: ListIntake): Promise<AllFoundLists | undefined> {
    const look = this.#beginLook();
    const numbers = this.#readNumbers();
    const kept = await this.#readKept(intake, look);
    const files = await this.#readFiles(intake.sources, () => true, look);
    if (this.#isClosed) return undefined;
    return kept && files && { at: look.at, trust: look.trust, numbers, kept, files };
  }

  /** Reads the files that are due, and the numbers; undefined when nothing has changed, or this was closed meanwhile. */
  async readDue(intake: ListIntake): Promise<FoundLists | undefined> {
    const stamp = listNumbersStamp(this.#folders);
    intake.handleNumbersStamp(stamp);
    const { sources } = intake;
    const due = sources.filter((source) => source.isDue(stampOf(dirname(source.file)), this.#options.wallClock()));
    if (due.length === 0 && stamp === this.#numbersStamp) return undefined;
    const look = this.#beginLook();
    const numbers = this.#readNumbers();
    const files = await this.#readFiles(due, (source, { digest }) => !source.hasContent(digest), look);
    if (this.#isClosed) return undefined;
    return files && { at: look.at, trust: look.trust, numbers, files };
  }

  /** Ends a reading that is under way. */
  close(): void {
    this.#isClosed = true;
    this.#reader.close();
  }

  get #folders(): readonly string[] {
    return this.#options.identities.map(({ folder }) => folder);
  }

  #beginLook(): Look {
    const credentials = this.#options.identities.map((identity) => identity.credentials);
    const trust = listTrustOf(this.#options.cluster, credentials);
    return { trust, at: this.#options.wallClock(), results: new Map() };
  }

  #readNumbers(): FoundLists["numbers"] {
    const numbers = readAllListNumbers(this.#folders);
    this.#numbersStamp = numbers.stamp;
    return numbers;
  }

  async #readKept(intake: ListIntake, { trust, at }: Look): Promise<AllFoundLists["kept"] | undefined> {
    const readings: KeptReading[] = [];
    try {
      for (const { text, ...file } of await this.#kept.read()) {
        // A reload finds lists that are in force already; a crash, or a full disk, can leave older ones.
        const isKnown = intake.isKnown(file.issuer, file.number);
        const content =
          text === undefined ? "damaged" : isKnown ? "known" : await this.#reader.read(taskOf(text, trust, at, true));
        if (content === undefined) return undefined;
        readings.push({ ...file, content });
      }
      return readings;
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      return error;
    }
  }

  async #readFiles(
    sources: readonly ListSource[],
    isWanted: (source: ListSource, content: ListFileContent) => boolean,
    look: Look,
  ): Promise<FoundLists["files"] | undefined> {
    const files: { source: ListSource; reading: SourceReading }[] = [];
    for (const source of sources) {
      const reading = await this.#readFile(source, isWanted, look);
      if (reading === undefined) return undefined;
      files.push({ source, reading });
    }
    return files;
  }

  async #readFile(
    source: ListSource,
    isWanted: (source: ListSource, content: ListFileContent) => boolean,
    look: Look,
  ): Promise<SourceReading | undefined> {
    const folder = dirname(source.file);
    const stamp = stampOf(folder);
    let content: ListFileContent | undefined;
    try {
      content = await readCrlFile(folder);
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      return { kind: "unreadable", error, stamp };
    }
    if (content === undefined) return { kind: "absent" };
    if (!isWanted(source, content)) return { kind: "same", stamp: content.stamp };
    const { path, digest } = content;
    const result = await this.#readLists(content, look);
    return result && { kind: "read", path, digest, stamp: content.stamp, result };
  }

  /** A node with many folders has the same file in all of them, and reads it once. */
  async #readLists({ digest, text }: ListFileContent, look: Look): Promise<ListFileResult | undefined> {
    const result = look.results.get(digest) ?? (await this.#reader.read(taskOf(text, look.trust, look.at)));
    if (result !== undefined) look.results.set(digest, result);
    return result;
  }
}

/** A look at some files or at all of them. */
interface Look {
  readonly at: Date;
  readonly trust: ListTrust;
  /** The results of the files that were read in this look, by digest. */
  readonly results: Map<string, ListFileResult>;
}
