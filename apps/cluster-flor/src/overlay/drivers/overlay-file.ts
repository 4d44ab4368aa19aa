import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { isOperatorError } from "@florenetes/operator-text";
import { type Logger, putFile } from "@florenetes/process-kit";
import { keptJson, readKeptOverlay } from "../overlay-order.ts";
import type { KeptOverlay } from "../overlay-state.ts";

const FILE_NAME = "fabric-overlay.json";

/** The file in the state directory in which the overlay outlives the process. */
export class OverlayFile {
  readonly #path: string;
  readonly #log: Pick<Logger, "warn">;

  constructor(state: string, log: Pick<Logger, "warn">) {
    this.#path = join(state, FILE_NAME);
    this.#log = log;
  }

  /** Undefined when there is none. A file that cannot be read is told, and counts as none: the agent posts the overlay anew. */
  read(): KeptOverlay | undefined {
    try {
      const { life, base: generation, overlay } = readKeptOverlay(readFileSync(this.#path, "utf8"));
      return { generation, life, overlay };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      if (!isOperatorError(error) && !isSystemError(error)) throw error;
      const text = `${this.#path} cannot be used: the overlay begins anew`;
      this.#log.warn({ code: "OVERLAY_NOT_READ", error: (error as Error).message }, text);
      return undefined;
    }
  }

  /** Keeps an overlay. One that cannot be kept is told, and lasts for this life of the process. */
  write({ generation, life, overlay }: KeptOverlay): void {
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      putFile(this.#path, JSON.stringify({ base: generation, life, ...keptJson(overlay) }));
    } catch (error) {
      if (!isSystemError(error)) throw error;
      const text = `${this.#path} cannot be written: after a restart the overlay is an older one, or none`;
      this.#log.warn({ code: "OVERLAY_NOT_KEPT", error: error.message }, text);
    }
  }

  /** Throws away what is kept. What cannot be removed is told, and would be in force again with the next agent. */
  remove(): void {
    try {
      rmSync(this.#path, { force: true });
    } catch (error) {
      if (!isSystemError(error)) throw error;
      const text = `${this.#path} cannot be removed: remove it, or an agent goes on with an overlay of former times`;
      this.#log.warn({ code: "OVERLAY_NOT_REMOVED", error: error.message }, text);
    }
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}
