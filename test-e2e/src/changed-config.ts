/** Config files of a lab are changed while their processes run. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Lab } from "@florenetes/meshlab";
import { requestAdmin, type ReloadOutcome } from "@florenetes/process-kit";

/** Lines that are added to sections of a config: `name: { … }`, or `- [ … ]`. */
export type MoreLines = Readonly<Record<string, readonly string[]>>;

/** The config file of a node's cluster-flor, to which a test adds sections, and takes them away again. */
export class ChangedConfig {
  readonly #file: string;
  readonly #base: string;

  constructor(lab: Lab, node: string) {
    this.#file = lab.configFile(node, "cluster-flor");
    this.#base = readFileSync(this.#file, "utf8");
  }

  /** A word of the config as the lab wrote it. */
  find(pattern: RegExp): string {
    return pattern.exec(this.#base)![1]!;
  }

  /** Writes the config of the lab with these lines and changes, and without those of earlier calls. */
  write(more: MoreLines, replace: (text: string) => string = (text) => text): void {
    let text = replace(this.#base);
    for (const [section, lines] of Object.entries(more)) {
      const block = lines.map((line) => `  ${line}\n`).join("");
      const start = new RegExp(`^${section}:\\n`, "m");
      text = start.test(text) ? text.replace(start, (head) => head + block) : `${text}\n${section}:\n${block}`;
    }
    writeFileSync(this.#file, text);
  }

  /** Has the process take the present file. */
  async reload(): Promise<ReloadOutcome> {
    const socket = this.find(/^admin: (.*)$/m).replace(/[.]sock$/, "-control.sock");
    return (await requestAdmin(socket, "/reload", { method: "POST", timeoutMs: 30_000 })) as ReloadOutcome;
  }
}
