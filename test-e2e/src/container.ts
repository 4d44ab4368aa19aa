/** A container of an image in the layout of OCI, run by runc without a daemon. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { runToEnd } from "./executables.ts";

interface Bundle {
  readonly process: { readonly args: readonly string[]; readonly user: { readonly uid: number } };
  readonly mounts: readonly object[];
}

/** Told by runc where control groups, namespaces or rights are missing: it has started nothing. */
const CANNOT_START = /runc (?:create|run) failed/;

export class Container {
  readonly #folder: string;
  readonly #bundle: Bundle;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#bundle = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as Bundle;
  }

  /** Unpacks an image, `LAYOUT:TAG`, into a folder that is not there yet. */
  static async unpack(image: string, folder: string): Promise<Container> {
    const { code, stderr } = await runToEnd(["umoci", "unpack", "--image", image, folder]);
    expect(code, stderr).toBe(0);
    return new Container(folder);
  }

  /** The command that the image runs by itself, and the number of the user that runs it. */
  get command(): readonly string[] {
    return this.#bundle.process.args;
  }
  get user(): number {
    return this.#bundle.process.user.uid;
  }

  /**
   * Runs a shell script in the container until it ends, with a folder of this machine's mounted at a place; returns what it said. Undefined,
   * and told on standard error, where this machine lets no container start.
   */
  async run(script: string, mounted: { readonly from: string; readonly at: string }): Promise<string | undefined> {
    const { process: own, mounts } = this.#bundle;
    const mount = { source: mounted.from, destination: mounted.at, type: "bind", options: ["rbind", "rw"] };
    const config = {
      ...this.#bundle,
      process: { ...own, args: ["/bin/sh", "-ec", script], terminal: false },
      mounts: [...mounts, mount],
    };
    writeFileSync(join(this.#folder, "config.json"), JSON.stringify(config));
    const name = `florenetes-test-${process.pid}`;
    const { code, stdout, stderr } = await runToEnd(["runc", "run", "--bundle", this.#folder, name]);
    // A runc that took too long has been ended, and its container has not.
    await runToEnd(["runc", "delete", "--force", name]);
    if (CANNOT_START.test(stderr)) {
      process.stderr.write(`left out: what a container does (${stderr.trim()})\n`);
      return undefined;
    }
    expect(code, stderr + stdout).toBe(0);
    return stdout;
  }
}
