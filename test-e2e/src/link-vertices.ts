/** Link vertices that are not link-flor, as a lab starts them, and nodes that have several. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Lab } from "@florenetes/meshlab";
import { executable } from "./executables.ts";
import { areInstalled } from "./installed.ts";

/** Debian's Python, for which Debian has the packages. */
export const PYTHON = ["/usr/bin/python3", "-B"] as const;

/** Whether the link vertices in Python can run here; `tests` are left out by name where not. */
export function hasPython(tests: string): boolean {
  return areInstalled(tests, PYTHON[0], "/usr/lib/python3/dist-packages/yaml");
}

/** Links over TLS and TCP. */
export const LINK_TLS = [...PYTHON, example("link_tls.py")] as const;

/** Links over serial lines. */
export const LINK_SERIAL = [...PYTHON, example("link_serial.py")] as const;

/** Which link vertex a node has. */
export type LinkVertex = "quic" | "tls" | "serial";

const COMMANDS: Readonly<Record<LinkVertex, readonly string[]>> = {
  quic: executable("link-flor"),
  tls: LINK_TLS,
  serial: LINK_SERIAL,
};

/** For a lab whose nodes have different link vertices: `chooseLinkVertex` says which one starts next. */
export const CHOSEN_LINK_VERTEX = ["sh", "-c", '. "$(dirname "$3")/link-vertex"', "link-vertex"] as const;

/** The link vertex that a node of such a lab starts from now on. */
export function chooseLinkVertex(lab: Lab, node: string, vertex: LinkVertex): void {
  const words = COMMANDS[vertex].map((word) => `'${word}'`).join(" ");
  writeFileSync(join(dirname(lab.configFile(node, "link-flor")), "link-vertex"), `exec ${words} "$@"\n`);
}

/** Gives the link vertex of a node another `listen`, from its next start on. */
export function setListen(lab: Lab, node: string, listen: string): void {
  const file = lab.configFile(node, "link-flor");
  writeFileSync(file, readFileSync(file, "utf8").replace(/listen: [^, }]+/, `listen: "${listen}"`));
}

/** Where a link leads, for a cluster-flor that is not started yet. Returns where it led before. */
export function setEndpoint(lab: Lab, originator: string, acceptor: string, endpoint: string): string {
  const file = lab.configFile(originator, "cluster-flor");
  const text = readFileSync(file, "utf8");
  const link = new RegExp(`(peer: ${acceptor}, endpoint: )([^, }]+)`);
  writeFileSync(file, text.replace(link, `$1"${endpoint}"`));
  return link.exec(text)![2]!;
}

/** A second link vertex of a node, at a portal of its own, for the links with some of its neighbours. */
export class SecondLinkVertex {
  readonly #lab: Lab;
  readonly #node: string;
  readonly #argv: readonly string[];
  #process: ReturnType<Lab["spawn"]> | undefined;

  /** Writes its config, and the portal into the one of cluster-flor, which is not started yet. */
  constructor(lab: Lab, node: string, vertex: LinkVertex, peers: readonly string[], listen: string) {
    this.#lab = lab;
    this.#node = node;
    const first = lab.configFile(node, "link-flor");
    const second = join(dirname(first), `link-${vertex}.yaml`);
    this.#argv = [...COMMANDS[vertex], "run", "--config", second];
    const own = readFileSync(first, "utf8");
    const [bind, connect] = ["bind", "connect"].map((key) => new RegExp(`${key}: ([^, }]+)`).exec(own)![1]!);
    const sockets = { bind: `${bind}.${vertex}`, connect: `${connect}.${vertex}` };
    writeFileSync(
      second,
      own
        .replace(/listen: [^, }]+/, `listen: "${listen}"`)
        .replace(`bind: ${bind}`, `bind: ${sockets.bind}`)
        .replace(`connect: ${connect}`, `connect: ${sockets.connect}`),
    );
    const file = lab.configFile(node, "cluster-flor");
    let text = readFileSync(file, "utf8");
    text = text.replace(
      "portals:\n",
      `portals:\n  ${vertex}2: { bind: ${sockets.connect}, connect: ${sockets.bind} }\n`,
    );
    for (const peer of peers)
      text = text.replace(new RegExp(`^  ${peer}: \\{ portal: \\w+`, "m"), `  ${peer}: { portal: ${vertex}2`);
    writeFileSync(file, text);
  }

  start(): void {
    this.#process = this.#lab.spawn(this.#node, this.#argv, { stdio: "ignore" });
  }

  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.#process?.once("exit", resolve));
    this.#process?.kill("SIGKILL");
    await ended;
  }
}

function example(name: string): string {
  return fileURLToPath(new URL(`../../examples/link-vertex-python/${name}`, import.meta.url));
}
