/** Issuers of a lab's cluster, each a process with an intermediate CA of its own, and the configs by which nodes keep their identities. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type PrincipalKind, revocationFolder } from "@florenetes/identity";
import { type CertificateAuthority, type IssuedIdentity, makeKey, openCa } from "@florenetes/identity/authority";
import type { Lab } from "@florenetes/meshlab";
import { florCommand } from "./executables.ts";
import { freePort } from "./free-port.ts";
import type { Holding } from "./renewal.ts";
import { untilSaid } from "./services.ts";

interface IssuerPlace {
  /** A free one without it. */
  readonly port?: number;
  /** The admin socket of the fabric's agent. */
  readonly agent?: string;
}

export class IssuerProcess implements Disposable {
  readonly ca: CertificateAuthority;
  readonly address: string;
  /** The folder of its roots and lists. */
  readonly trust: string;
  readonly #lab: Lab;
  readonly #config: string;
  readonly #state: string;
  #child: ChildProcess | undefined;

  private constructor(
    lab: Lab,
    name: string,
    ca: CertificateAuthority,
    { address, life, agent }: { readonly address: string; readonly life: string; readonly agent?: string | undefined },
  ) {
    this.#lab = lab;
    this.ca = ca;
    this.address = address;
    this.trust = join(lab.folder, `trust-${name}`);
    this.#config = join(lab.folder, `${name}.yaml`);
    const [state, { cluster }] = [join(lab.folder, `state-${name}`), ca.authority];
    this.#state = revocationFolder(state, cluster);
    const text = { cluster, ca: ca.folder, trust: this.trust, state, listen: address, life, agent };
    writeFileSync(this.#config, JSON.stringify(text));
  }

  /** Makes an issuer, which does not run yet. @param life Of what it issues */
  static async make(lab: Lab, name: string, life: string, place: IssuerPlace = {}): Promise<IssuerProcess> {
    const ca = openCa(lab.caFolder).makeIntermediate(join(lab.folder, `ca-${name}`), {});
    const { port = await freePort(), agent } = place;
    return new IssuerProcess(lab, name, ca, { address: `tcp://127.0.0.1:${port}`, life, agent });
  }

  /** Its trust folder has the root; or is an identity folder already, by which it follows others. */
  trustRoot(): void {
    mkdirSync(this.trust, { mode: 0o700 });
    writeFileSync(join(this.trust, "trust.pem"), readFileSync(join(this.#lab.caFolder, "ca.pem")));
  }

  /** The lists that the process has taken, as text: those in its trust folder are in force a moment later. */
  takenLists(): string {
    const files = existsSync(this.#state) ? readdirSync(this.#state) : [];
    return files.map((file) => readFileSync(join(this.#state, file), "utf8")).join("\n");
  }

  async start(): Promise<void> {
    this.#child = await startFlor(this.#lab, "issuer", "--config", this.#config);
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  async kill(): Promise<void> {
    const child = this.#child!;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  [Symbol.dispose](): void {
    this.#child?.kill("SIGKILL");
  }
}

/** Starts a command of the operator's tool that goes on, and waits until it is ready. */
export async function startFlor(lab: Lab, ...args: readonly string[]): Promise<ChildProcess> {
  const child = lab.spawn(lab.mesh.nodes[0]!.name, [...florCommand(), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await untilSaid(child.stdout!, '"code":"READY"');
  return child;
}

/** Writes the config by which a node keeps some identities; returns its file. */
export function writeKeepConfig(
  lab: Lab,
  node: string,
  holdings: readonly Holding[],
  issuers: readonly string[],
): string {
  const folder = dirname(lab.configFile(node, "cluster-flor"));
  const identities = holdings
    .filter((holding) => holding.node === node)
    .map(({ folder: name }) => ({
      folder: lab.identityFolder(node, name),
      control: controlSocket(lab.configFile(node, name === "vertex" ? "link-flor" : "cluster-flor")),
    }));
  const file = join(folder, "keep.yaml");
  writeFileSync(file, JSON.stringify({ cluster: lab.mesh.cluster, issuer: issuers, identities }));
  return file;
}

/** The control socket stands beside the admin socket that a config names. */
function controlSocket(config: string): string {
  const [, admin = ""] = /^admin: (.*)$/m.exec(readFileSync(config, "utf8"))!;
  return admin.replace(/[.]sock$/, "-control.sock");
}

/** An identity whose life of so many milliseconds began at a time. */
export function livingFrom(ca: CertificateAuthority, principal: string, lifeMs: number, at: number): IssuedIdentity {
  const [kind, name] = principal.split("/") as [PrincipalKind, string];
  const { pem: privateKeyPem, publicKeyInfo } = makeKey();
  return { ...ca.certify({ kind, name, publicKeyInfo, lifeMs }, new Date(at)), privateKeyPem };
}
