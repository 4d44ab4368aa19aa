import { statSync } from "node:fs";
import { isOperatorError } from "@florenetes/operator-text";

/** `refused`: its text is not in order. `unreadable`: it is not there, or may not be read. */
export type ConfigFileState = "same" | "differs" | "refused" | "unreadable";

export interface ConfigFileLookOptions<Config extends object> {
  readonly file: string;
  readonly load: () => Promise<Config>;
  /** Whether this config comes to the same as the one that runs. */
  readonly isRunning: (config: Config) => boolean;
}

/** Says whether a config file comes to what runs. The file is read again when it has changed, and no sooner. */
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

/** Another one: the file may have another content. */
function markOf(file: string): string | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
  } catch {
    return undefined;
  }
}
