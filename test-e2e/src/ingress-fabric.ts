/*
 *                 ┌── b
 *   world ┄┄ a ───┼── c        clients of the world come to nginx on a, which leads each name to a service that b, c and e can host
 *                 └── e
 */
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FabricLab, type Lab, openLab, VpnWorld } from "@florenetes/meshlab";
import { expect, vi } from "vitest";
import { type Answer, runToEnd } from "./executables.ts";
import type { LoadPlan } from "./http-load.ts";
import { moveService } from "./moved-service.ts";
import { PATIENCE } from "./patience.ts";
import { TlsCertificates } from "./tls-certificates.ts";

export const HOSTS = ["b", "c", "e"] as const;
export type Host = (typeof HOSTS)[number];
/** Web sites by their host names: the service of each, and its port at its hosts. */
const SITES = {
  "app.example": { service: "web-app", port: 8443 },
  "shop.example": { service: "web-shop", port: 8444 },
} as const;
export type Site = keyof typeof SITES;
/** Other services, and the port of each, at its hosts and at the ingress alike. */
export const PORTS = { ssh: 2222, rdp: 3389 } as const;
/** Addresses of the ingress, and of a client. */
export const [INGRESS, CLIENT] = ["192.0.2.2", "192.0.2.1"] as const;
const SITE_NAMES = Object.keys(SITES) as Site[];

const page = readFileSync(new URL("../../docs/operate/ingress.md", import.meta.url), "utf8");
const [ingressBlock = "", hostBlock = ""] = [...page.matchAll(/^```nginx\n(.*?)^```$/gms)].map(([, text]) => text!);
const TUNNEL = /listen: "(?<listen>unix:.+?)".*service: (?<service>[\w-]+), path: auto(?:, class: (?<class>\w+))?/g;
const tunnels = [...page.matchAll(TUNNEL)].map(
  ({ groups }) => groups as { readonly listen: string; readonly service: string; readonly class?: string },
);

/** A part of what an agent says of a service that is wanted on its node. */
interface ServiceStatus {
  readonly service: string;
  readonly path: string | null;
}

/** A fabric behind an ingress that is set up as the page of ingresses says. */
export class IngressFabric implements AsyncDisposable {
  readonly lab: Lab;
  readonly fabric: FabricLab;
  readonly folder: string;
  readonly #certificates: TlsCertificates;
  readonly #programs = new Map<string, ChildProcess>();
  #world: VpnWorld | undefined;

  private constructor(lab: Lab, fabric: FabricLab, folder: string) {
    this.lab = lab;
    this.fabric = fabric;
    this.folder = folder;
    this.#certificates = new TlsCertificates(folder);
  }

  /** @param serve starts servers of other services, before the mesh is up */
  static async open(serve: (ingress: IngressFabric) => Promise<void>): Promise<IngressFabric> {
    const folder = mkdtempSync(join(tmpdir(), "ingress-"));
    const lab = await openLab(
      {
        cluster: "demo",
        nodes: { a: {}, b: {}, c: {}, e: {} },
        links: HOSTS.map((host) => ({ between: ["a", host] })),
        services: {},
        tunnels: [],
      },
      { mode: "netns" },
    );
    const ports = { ...PORTS, ...Object.fromEntries(Object.values(SITES).map(({ service, port }) => [service, port])) };
    const services = Object.entries(ports).map(([service, port]) => {
      const targets = Object.fromEntries(HOSTS.map((host) => [host, `tcp://127.0.0.1:${port}`]));
      return [service, { allow: ["service/ingress"], targets }] as const;
    });
    const fabric = FabricLab.prepare(lab, {
      services: Object.fromEntries(services),
      tunnels: tunnels.map(({ listen, ...tunnel }) => {
        return { ...tunnel, listen: inFolder(folder, listen), node: "a", as: "service/ingress" };
      }),
    });
    const ingress = new IngressFabric(lab, fabric, folder);
    try {
      await ingress.#up(serve);
      return ingress;
    } catch (error) {
      await ingress[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The words before a command that is run by a client in the world. */
  get inWorld(): readonly string[] {
    return ["ip", "netns", "exec", this.#world!.namespaceOf("w")];
  }

  /** The file of the authority that has named the sites, of which no node of the mesh knows. */
  get ca(): string {
    return this.#certificates.file("sites.pem");
  }

  /** Asks a site which host serves it, at so many requests a second. */
  load(site: Site, rate: number): LoadPlan {
    const serverOf = (answer: string): string => answer.split(" ")[0]!;
    return { place: this.inWorld, words: [`https://${site}/who`, String(rate), INGRESS, this.ca], serverOf };
  }

  /** Asks a site once, with curl, which host serves it and which client it sees. */
  curl(site: string): Promise<Answer> {
    const words = ["--silent", "--max-time", "5", "--cacert", this.ca, "--resolve", `${site}:443:${INGRESS}`];
    return runToEnd([...this.inWorld, "curl", ...words, `https://${site}/who`]);
  }

  /** Has these hosts serve a service, and waits until one of them does. */
  async publish(service: string, hosts: readonly Host[]): Promise<void> {
    await this.fabric.publish("a", [this.fabric.signService(service, hosts)]);
    await vi.waitFor(async () => expect(hosts).toContain(await this.hostOf(service)), PATIENCE);
  }

  /** The host to which new connections to a service go. */
  async hostOf(service: string): Promise<string | undefined> {
    const { services } = (await this.fabric.status("a")) as { readonly services: readonly ServiceStatus[] };
    return services
      .find((each) => each.service === service)
      ?.path?.split(".")
      .at(-1);
  }

  /** Moves a service by a record. */
  move(service: string, from: string, to: Host): Promise<void> {
    return moveService(this.lab, this.fabric, service, from, to);
  }

  /** Starts the web server of a site on a host, as the page has it, with a page that names the host and the client. */
  async startSite(site: Site, host: Host): Promise<void> {
    const { port } = SITES[site];
    const who = `location = /who { return 200 "${host} ${site} $remote_addr"; }\nroot ${this.folder}/files;`;
    const server = hostBlock
      .replaceAll("app.example", site)
      .replaceAll(String(SITES["app.example"].port), String(port))
      .replaceAll("/etc/ssl", this.folder)
      .replace(/}\s*$/, `${who}\n}\n`);
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    const folders = temporary.map((name) => `${name}_temp_path ${this.folder}/temporary;`).join("\n");
    await this.#startNginx(`${site}-${host}`, host, port, `http {\naccess_log off;\n${folders}\n${server}}\n`);
  }

  /** Kills the web server of a site on a host. */
  killSite(site: Site, host: string): void {
    this.#programs.get(`${site}-${host}`)!.kill("SIGKILL");
  }

  /** Starts a server on a node, and waits until it listens. */
  async serve(name: string, node: string, port: number, argv: readonly string[]): Promise<ChildProcess> {
    const server = this.lab.spawn(node, argv, { stdio: ["ignore", "ignore", "inherit"] });
    this.#programs.set(name, server);
    const sockets = ["ss", "-ltnH", `sport = :${port}`];
    await vi.waitUntil(async () => (await this.lab.exec(node, sockets)).stdout !== "", PATIENCE);
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs.values()) program.kill("SIGKILL");
    await this.fabric[Symbol.asyncDispose]();
    await this.lab.down();
    this.#world?.[Symbol.dispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #up(serve: (ingress: IngressFabric) => Promise<void>): Promise<void> {
    mkdirSync(join(this.folder, "files"));
    this.#certificates.makeCa("sites");
    for (const site of SITE_NAMES) {
      this.#certificates.issue(site, "sites", 1, `DNS:${site}`);
      for (const host of HOSTS) await this.startSite(site, host);
    }
    // Whoever begins while the program of a service is down takes some seconds to see that it is up.
    await serve(this);
    await this.lab.up();
    this.#world = VpnWorld.make(this.lab, []);
    this.#world.wire(["a", "world", INGRESS, "2001:db8:1::2"], ["w", "ingress", CLIENT, "2001:db8:1::1"]);
    await this.#startNginx("ingress", "a", 443, inFolder(this.folder, ingressBlock));
    await this.fabric.up();
    for (const { service } of tunnels) await this.publish(service, ["b", "c"]);
  }

  /** @param section what is to stand in the config beside the settings of the process */
  async #startNginx(name: string, node: string, port: number, section: string): Promise<void> {
    const file = join(this.folder, `${name}.conf`);
    const settings = [
      "include /etc/nginx/modules-enabled/50-mod-stream.conf",
      "user root",
      "daemon off",
      "master_process off",
      `pid ${this.folder}/${name}.pid`,
      // Looks at a target have no PROXY header.
      "error_log stderr crit",
      "events { worker_connections 8192; }",
    ];
    writeFileSync(file, `${settings.map((line) => (line.endsWith("}") ? line : `${line};`)).join("\n")}\n${section}`);
    await this.serve(name, node, port, ["/usr/sbin/nginx", "-c", file, "-e", "stderr"]);
  }
}

/** The page's folder of sockets becomes one of the test's. */
function inFolder(folder: string, text: string): string {
  return text.replaceAll("/run/florenetes-ingress", folder);
}
