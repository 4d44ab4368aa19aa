import { statSync } from "node:fs";
import { isOperatorError } from "@florenetes/operator-text";

/** `refused`: the text has mistakes. `unreadable`: the file is missing, or may not be read. */
export type ConfigFileState = "same" | "differs" | "refused" | "unreadable";

export interface ConfigFileLookOptions<Config extends object> {
  readonly file: string;
  readonly load: () => Promise<Config>;
  /** Whether this config is equal to the running one. */
  readonly isRunning: (config: Config) => boolean;
}

/** Compares a config file with the running config. The file is read again only when it has changed. */
export class ConfigFileLook<Config extends object> {
  readonly #options: ConfigFileLookOptions<Config>;
  #mark: string | undefined;
  #found: Config | "refused" | "unreadable" = "unreadable";

  constructor(options: ConfigFileLookOptions<Config>) {
    this.#options = options;
  }

  async look(): Promise<ConfigFileState> {
    const mark = markOf(this.#options.file);
    if (mark === undefined) return "unreadable";
    if (mark !== this.#mark) {
      this.#found = await this.#options.load().catch((error: unknown) => {
        if (!isOperatorError(error)) throw error;
        return error.code.startsWith("ERR_CONFIG_FILE_") ? "unreadable" : "refused";
      });
      this.#mark = mark;
    }
    if (typeof this.#found !== "object") return this.#found;
    return this.#options.isRunning(this.#found) ? "same" : "differs";
  }
}

/** Returns a mark that changes when the file's content may have changed. */
function markOf(file: string): string | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch {
    return undefined;
  }
}
