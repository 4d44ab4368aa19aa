import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A serial wire between two pseudo-terminals, with a speed and a rate of lost frames, in thousandths. */
export class SerialWire implements AsyncDisposable {
  /** The devices of its two ends. */
  readonly devices: readonly [string, string];
  readonly #baud: number;
  readonly #folder: string;
  readonly #end: () => Promise<void>;

  static async lay(baud: number, loss: number): Promise<SerialWire> {
    const folder = await mkdtemp(join(tmpdir(), "flor-e2e-"));
    const devices = [join(folder, "one"), join(folder, "other")] as const;
    const program = fileURLToPath(new URL("../../examples/link-vertex-python/test/serial_wire.py", import.meta.url));
    const argv = ["-B", program, String(baud), String(loss), ...devices];
    const child = spawn("/usr/bin/python3", argv, { stdio: ["pipe", "pipe", "inherit"] });
    const closed = once(child, "close");
    await once(child.stdout, "data");
    return new SerialWire(baud, folder, devices, async () => {
      child.stdin.end();
      await closed;
    });
  }

  private constructor(baud: number, folder: string, devices: readonly [string, string], end: () => Promise<void>) {
    this.#baud = baud;
    this.#folder = folder;
    this.devices = devices;
    this.#end = end;
  }

  /** The `listen` of a link vertex at one of its ends. */
  listen(end: 0 | 1, duplex: "full" | "half" = "full"): string {
    return `serial:${this.devices[end]}?baud=${this.#baud}&duplex=${duplex}`;
  }

  /** The endpoint of an originator at one of its ends. */
  endpoint(end: 0 | 1): string {
    return `serial:${this.devices[end]}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
