/** People who sign releases of small packages, and the store from which nodes of the demo of a fleet take them. */
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createKeyFolder, type PublicKey } from "@florenetes/facts/authoring";
import { untilSaid } from "./child-process.ts";
import { programArguments } from "./executables.ts";
import type { Lab } from "./lab.ts";
import { labError } from "./lab-error.ts";

/** The program that a package brings: the agent's, or one that ends at once. */
type Brought = "agent" | "nothing that runs";

export interface NextRelease {
  readonly version: string;
  readonly brought: Brought;
  /** The version before, to which nodes may go back. */
  readonly former: string;
  /** In 1/10,000 of the nodes. */
  readonly stage: number;
}

const SIGNERS = ["alice", "bob", "carol"] as const;
const FLOR_MS_MAX = 60_000;
const PACKAGE = "florenetes-node";

export class DemoReleases {
  readonly updateKeys: readonly PublicKey[];
  readonly #lab: Lab;
  /** The node that has the store, on which people sign, too. */
  readonly #node: string;

  constructor(lab: Lab, node: string) {
    this.#lab = lab;
    this.#node = node;
    this.updateKeys = SIGNERS.map((name) => createKeyFolder(this.#keyOf(name), name).publicKey);
  }

  /** The file with the first root of the repository. */
  get root(): string {
    return join(this.#repository, "published/metadata/1.root.json");
  }

  /** The socket of the store. */
  get socket(): string {
    return join(this.#folder, "store.sock");
  }

  /** Makes the repository with its first release, which all nodes have. @returns the file of its package */
  async begin(version: string): Promise<string> {
    const keys = SIGNERS.map((name) => this.#keyOf(name)).join(",");
    const { cluster } = this.#lab.mesh;
    await this.#flor("release", "init", this.#repository, "--cluster", cluster, "--keys", keys, "--threshold", "2");
    const file = await this.#build(version, "agent");
    await this.#add(version, 10_000, []);
    await this.#signed();
    await this.#flor("release", "publish", this.#repository);
    await this.#serve();
    return file;
  }

  /** Has people sign a release that follows another one, and publishes it. @param agent the control socket of a coordinator's agent */
  async release({ version, brought, former, stage }: NextRelease, agent: string): Promise<void> {
    await this.#build(version, brought);
    await this.#add(version, stage, ["--rollback", former, "--rollback-for", "30d"]);
    await this.#signed();
    await this.#flor("release", "publish", this.#repository, "--agent", agent);
  }

  /** Stops the release of the channel. @param agent as for `release` */
  async stop(agent: string): Promise<void> {
    await this.#flor("release", "stop", this.#repository, "--channel", "stable");
    await this.#signed();
    await this.#flor("release", "publish", this.#repository, "--agent", agent);
  }

  get #folder(): string {
    return dirname(this.#lab.configFile(this.#node, "cluster-flor"));
  }

  get #repository(): string {
    return join(this.#lab.folder, "repository");
  }

  #keyOf(name: string): string {
    return join(this.#lab.folder, "signers", name);
  }

  #packagesOf(version: string): string {
    return join(this.#lab.folder, "packages", version);
  }

  async #add(version: string, stage: number, more: readonly string[]): Promise<void> {
    const options = ["--packages", this.#packagesOf(version), "--channel", "stable", "--stage", String(stage), ...more];
    await this.#flor("release", "add", this.#repository, ...options);
  }

  async #signed(): Promise<void> {
    for (const name of SIGNERS.slice(0, 2))
      await this.#flor("release", "sign", this.#repository, "--key", this.#keyOf(name));
  }

  /** Builds a package that brings the node's agent. @returns its file */
  async #build(version: string, brought: Brought): Promise<string> {
    const folder = this.#packagesOf(version);
    const tree = `${folder}.tree`;
    for (const each of [folder, join(tree, "DEBIAN"), join(tree, "usr/bin")]) mkdirSync(each, { recursive: true });
    const control = {
      Package: PACKAGE,
      Version: version,
      Architecture: "all",
      Maintainer: "The demo <demo@localhost>",
    };
    const lines = Object.entries(control).map(([name, value]) => `${name}: ${value}\n`);
    writeFileSync(join(tree, "DEBIAN/control"), `${lines.join("")}Description: The agent of a node of the demo\n`);
    const program = join(tree, "usr/bin/fabric-flor");
    const words = [process.execPath, "--disable-sigusr1", ...programArguments("fabric-flor")].map(
      (word) => `'${word}'`,
    );
    const body = brought === "agent" ? `exec ${words.join(" ")} "$@"` : "exit 1";
    writeFileSync(program, `#!/bin/sh\n# ${version}\n${body}\n`);
    chmodSync(program, 0o755);
    const file = join(folder, `${PACKAGE}_${version}_all.deb`);
    await this.#run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, file]);
    return file;
  }

  /** Starts the store of the packages, and waits until it serves. */
  async #serve(): Promise<void> {
    const config = join(this.#folder, "store-flor.yaml");
    const admin = join(this.#folder, "store-admin.sock");
    const store = { folder: join(this.#repository, "published") };
    const { cluster } = this.#lab.mesh;
    writeFileSync(
      config,
      JSON.stringify({ cluster, node: this.#node, admin, listen: this.socket, "update-store": store }),
    );
    const argv = [process.execPath, "--disable-sigusr1", ...programArguments("store-flor"), "run", "--config", config];
    await untilSaid(
      this.#lab.spawn(this.#node, argv, { stdio: ["ignore", "pipe", "inherit"] }),
      `store-flor of ${this.#node}`,
    );
  }

  async #flor(...args: readonly string[]): Promise<void> {
    await this.#run([process.execPath, ...programArguments("flor"), ...args]);
  }

  async #run(argv: readonly string[]): Promise<void> {
    const { code, stdout, stderr } = await this.#lab.exec(this.#node, argv, { timeoutMs: FLOR_MS_MAX });
    if (code === 0) return;
    const [last = "it said nothing"] = (stderr || stdout).trim().split("\n").slice(-1);
    throw labError("ERR_LAB_COMMAND", `"${argv.join(" ")}" ended with ${code}: ${last}`, "Start the demo again.");
  }
}
