import type { RepositoryPath } from "../serving/repository-path.ts";
import { type FileSupply, openFile, type SuppliedFile } from "./file-supply.ts";
import { storeError } from "./store-error.ts";

/** The files of a published repository, as they are. */
export class FolderSupply implements FileSupply {
  readonly #folder: string;
  #fault: string | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Why the folder cannot be read; undefined: it can. */
  get fault(): string | undefined {
    return this.#fault;
  }

  async open({ path }: RepositoryPath): Promise<SuppliedFile | undefined> {
    try {
      const file = await openFile(this.#folder, path);
      this.#fault = undefined;
      return file;
    } catch (cause) {
      this.#fault = (cause as NodeJS.ErrnoException).code ?? "UNKNOWN";
      throw storeError("ERR_STORE_FOLDER", `the repository cannot be read (${this.#fault})`, cause);
    }
  }
}
