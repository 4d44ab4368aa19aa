import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Lab, programArguments } from "@florenetes/meshlab";
import { olderProgram, type ProgramName } from "./older-build.ts";

/** Starts a program of the older build where its node has a file that says so, and one of this build elsewhere. */
const CHOOSE = `
own=$1 older=$2 marks=$3 name=$4; shift 4
if [ -e "$marks/$FLORENETES_NODE $name" ]; then file=$older; else file=$own; fi
exec "$NODE" --disable-sigusr1 --conditions=@florenetes/source "$file" "$@"`;

/** Which processes of a lab run the programs of the older build. A process that is started again runs what was said last. */
export class Releases implements Disposable {
  readonly #marks = mkdtempSync(join(tmpdir(), "florenetes-releases-"));
  readonly #build: string;

  /** @param build the folder of the older build */
  constructor(build: string) {
    this.#build = build;
  }

  /** The words that start a program of a lab, of whichever release its node is to run. */
  command(name: ProgramName): readonly string[] {
    const own = programArguments(name).at(-1)!;
    const older = olderProgram(this.#build, name);
    return ["env", `NODE=${process.execPath}`, "sh", "-c", CHOOSE, "sh", own, older, this.#marks, name];
  }

  /** Has a program of a node be of the older build, or of this one, from its next start on. */
  choose(release: "older" | "newer", node: string, ...names: readonly ProgramName[]): void {
    for (const name of names) {
      const mark = join(this.#marks, `${node} ${name}`);
      if (release === "older") writeFileSync(mark, "");
      else rmSync(mark, { force: true });
    }
  }

  /** Starts a vertex of a node again, of a release, and waits until the mesh is whole. */
  async restart(lab: Lab, release: "older" | "newer", node: string, name: "link-flor" | "cluster-flor"): Promise<void> {
    this.choose(release, node, name);
    await lab.restart(node, name);
    await lab.waitUntilWhole();
  }

  [Symbol.dispose](): void {
    rmSync(this.#marks, { recursive: true, force: true });
  }
}
