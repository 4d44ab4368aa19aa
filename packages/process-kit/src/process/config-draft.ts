import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { OperatorError } from "@florenetes/operator-text";
import type { ProcessKitErrorCode } from "../error-codes.ts";

/** A text on the disk that one step makes a config file. Disposing of the draft before that removes it. */
export class ConfigDraft implements Disposable {
  readonly #file: string;
  readonly #draft: string;

  private constructor(file: string, draft: string) {
    this.#file = file;
    this.#draft = draft;
  }

  /**
   * Writes a draft beside a config file, with that file's owner and mode.
   *
   * @throws OperatorError `ERR_CONFIG_NOT_WRITTEN`
   */
  static write(configFile: string, text: string): ConfigDraft {
    return orRefuse(configFile, () => {
      // A symbolic link stays one: the file behind it is replaced.
      const file = realpathSync(configFile);
      const { mode, uid, gid } = statSync(file);
      const draft = new ConfigDraft(file, `${file}.${process.pid}.draft`);
      const handle = openSync(draft.#draft, "wx", 0o600);
      try {
        writeFileSync(handle, text);
        fchownSync(handle, uid, gid);
        fchmodSync(handle, mode & 0o777);
        fsyncSync(handle);
      } catch (error) {
        draft[Symbol.dispose]();
        throw error;
      } finally {
        closeSync(handle);
      }
      return draft;
    });
  }

  /** Replaces the config file by the draft. @throws OperatorError `ERR_CONFIG_NOT_WRITTEN` */
  put(): void {
    orRefuse(this.#file, () => {
      renameSync(this.#draft, this.#file);
      const folder = openSync(dirname(this.#file), "r");
      fsyncSync(folder);
      closeSync(folder);
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.#draft, { force: true });
  }
}

function orRefuse<Result>(file: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    const code: ProcessKitErrorCode = "ERR_CONFIG_NOT_WRITTEN";
    const advice = "Run it as root, or as who may write the file, where there is room.";
    throw new OperatorError(code, `cannot be written: ${(error as Error).message}`, {
      advice,
      where: { file },
      cause: error,
    });
  }
}
