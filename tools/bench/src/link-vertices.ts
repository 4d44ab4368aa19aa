/** The mesh over link vertices of examples/link-vertex-python, in the place of link-flor. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { MeshFileInput } from "@florenetes/mesh-file";
import { openLab } from "@florenetes/meshlab";
import { raiseMesh } from "./mesh.ts";
import { nodesOver } from "./place.ts";
import type { SystemFactory } from "./system.ts";

/** Debian's Python, for which Debian has python3-yaml. */
const PYTHON = "/usr/bin/python3";
/** A fast line, so that a measure of some seconds has many packets. */
const BAUD = 1_000_000;
const SERIAL = "serial";

const openTlsLab: typeof openLab = (mesh, options) =>
  openLab(mesh, { ...options, linkVertex: [PYTHON, "-B", example("link_tls.py")] });

export const openTlsMesh: SystemFactory = (place) =>
  raiseMesh(place, openTlsLab, "this checkout", "florenetes over TLS, in Python");

/** Each link is a wire of its own between two pseudo-terminals. */
export const openSerialMesh: SystemFactory = async (place) => {
  const wires = await Wires.lay(nodesOver(place.links).length - 1);
  const command = [PYTHON, "-B", example("link_serial.py")];
  const open: typeof openLab = (mesh, options) =>
    openLab(overWires(mesh as MeshFileInput, wires), { ...options, linkVertices: { [SERIAL]: command } });
  try {
    const system = await raiseMesh(place, open, "this checkout", `florenetes over serial lines of ${BAUD / 1e6} Mbaud`);
    const down = async (): Promise<void> => {
      await system[Symbol.asyncDispose]();
      await wires.end();
    };
    return { ...system, [Symbol.asyncDispose]: down };
  } catch (error) {
    await wires.end();
    throw error;
  }
};

/** The mesh with a portal for serial lines at each node, and each link over the wire with its number. */
export function overWires(mesh: MeshFileInput, wires: Pick<Wires, "ends">): MeshFileInput {
  const links = mesh.links ?? [];
  const listen = (node: string): string =>
    links
      .flatMap(({ between }, link) => between.flatMap((name, end) => (name === node ? wires.ends(link)[end]! : [])))
      .map((device) => `serial:${device}?baud=${BAUD}`)
      .join(" ");
  const nodes = Object.keys(mesh.nodes).map((node) => [node, { portals: { [SERIAL]: { listen: listen(node) } } }]);
  return {
    ...mesh,
    nodes: Object.fromEntries(nodes),
    links: links.map((link, number) => ({ ...link, portal: SERIAL, endpoint: `serial:${wires.ends(number)[0]}` })),
  };
}

/** Serial wires, in a process that ends with this one. */
class Wires {
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  static async lay(count: number): Promise<Wires> {
    const wires = new Wires(count);
    await Promise.race([once(wires.#child.stdout!, "data"), wires.#closed]);
    return wires;
  }

  private constructor(count: number) {
    this.#folder = mkdtempSync(join(tmpdir(), "florbench-"));
    const names = Array.from({ length: count }, (_, link) => this.ends(link)).flat();
    const argv = ["-B", example("test/serial_wire.py"), String(BAUD), "0", ...names];
    this.#child = spawn(PYTHON, argv, { stdio: ["pipe", "pipe", "inherit"] });
    // If the process cannot be started, no link comes up, and the bench reports that.
    this.#closed = once(this.#child, "close").catch(() => undefined);
  }

  /** The terminals of a link, its originator's first. */
  ends(link: number): readonly [string, string] {
    return [join(this.#folder, `${link}-originator`), join(this.#folder, `${link}-acceptor`)];
  }

  async end(): Promise<void> {
    this.#child.stdin!.end();
    await this.#closed;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function example(name: string): string {
  return fileURLToPath(new URL(`../../../examples/link-vertex-python/${name}`, import.meta.url));
}
