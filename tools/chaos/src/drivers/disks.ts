import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Lab, NodeProcess } from "@florenetes/meshlab";

/** Puts a folder onto a disk of one megabyte, in the mount namespace of one process, unless it is on one; and fills that. */
const FILL = `
set -e
if ! mountpoint -q "$1"; then
  disk=$(mktemp -d -p "$(dirname "$1")")
  mount -t tmpfs -o size=1m,mode=0750 chaos "$disk"
  cp -a "$1/." "$disk/"
  mount --bind "$disk" "$1"
  umount "$disk"
  rmdir "$disk"
fi
cat /dev/zero > "$1/filler" 2> /dev/null || true
`;
const FREE = 'rm -f "$1/filler"';

/**
 * The disks with the state of single processes. A lab's processes have mount namespaces of their own, with which such a disk goes: a process that is started
 * again has the state from before the disk was full.
 */
export class Disks {
  readonly #lab: Lab;
  /** Processes by the node and the name. */
  readonly #pids = new Map<string, number>();

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  async fill(node: string, process: NodeProcess): Promise<void> {
    const { pid } = this.#lab.pids().find((each) => each.node === node && each.process === process)!;
    this.#pids.set(`${node} ${process}`, pid);
    await this.#run(pid, FILL, node, process);
  }

  async free(node: string, process: NodeProcess): Promise<void> {
    await this.#run(this.#pids.get(`${node} ${process}`)!, FREE, node, process);
  }

  async #run(pid: number, script: string, node: string, process: NodeProcess): Promise<void> {
    const { dirs } = this.#lab.mesh.nodes.find(({ name }) => name === node)!;
    const folder = process === "cluster-flor" ? dirs.stateCluster : dirs.stateLink;
    await promisify(execFile)("nsenter", ["--mount", "--target", String(pid), "sh", "-c", script, "sh", folder]);
  }
}
