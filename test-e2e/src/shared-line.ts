/** Nodes in a line: the first one uses two services of the last one over routes with a share each, and the test is the control agent of all of them. */
import { openCa } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { ChangedConfig } from "./changed-config.ts";
import { freePort } from "./free-port.ts";
import { askWho, startFileServer } from "./services.ts";

/** Labels of the services. */
const LABELS = { ledger: 700_000, shop: 700_001 };
export type Service = keyof typeof LABELS;
const SERVICES = Object.keys(LABELS) as Service[];

const HOUR_MS = 3_600_000;
const life = { startedAt: 1_000, id: "00000000000000b1" };

/** Counts of one class. */
type Counts = Readonly<Record<string, number>>;

/** The part of a view that tests of shares read. */
export interface View {
  readonly shares: boolean;
  readonly generation: number;
  readonly links: readonly { readonly name: string; readonly label: number }[];
  readonly transit: readonly {
    readonly from: string;
    readonly share: number;
    readonly classes: Readonly<Record<string, Counts>>;
  }[];
  readonly exchanged: readonly {
    readonly link: string;
    readonly share: number;
    readonly classes: Readonly<Record<string, Counts>>;
  }[];
}

export interface SharedLineOptions {
  readonly engine: string;
  /** False: relays forward in their cluster vertex. */
  readonly isOffloaded: boolean;
}

export class SharedLine {
  readonly lab: Lab;
  /** From the one that uses the services to their host; links have the names of the nodes that they lead to. */
  readonly #nodes: readonly string[];
  readonly #ports: Readonly<Record<Service, number>>;

  private constructor(lab: Lab, nodes: readonly string[], ports: Readonly<Record<Service, number>>) {
    this.lab = lab;
    this.#nodes = nodes;
    this.#ports = ports;
  }

  /** Resolves when the mesh is up: nothing is led anywhere, and nothing permitted. */
  static async open(nodes: readonly string[], { engine, isOffloaded }: SharedLineOptions): Promise<SharedLine> {
    const lab = await openLab(
      {
        cluster: "shares",
        nodes: Object.fromEntries(nodes.map((node) => [node, {}])),
        links: nodes.slice(1).map((node, at) => ({ between: [nodes[at]!, node] })),
        services: {},
        tunnels: [],
      },
      { environment: { FLORENETES_ENGINE: engine } },
    );
    const line = new SharedLine(lab, nodes, { ledger: await freePort(), shop: await freePort() });
    const [services, tunnels] = [await line.#serve(), line.#tunnels()];
    for (const node of nodes) {
      const isRelay = node !== nodes[0] && node !== nodes.at(-1);
      const more = {
        fabric: line.#fabricOf(node, isRelay),
        ...(node === nodes[0] && { tunnels }),
        ...(node === nodes.at(-1) && { services }),
      };
      new ChangedConfig(lab, node).write(more, (text) => {
        return isRelay && !isOffloaded ? `${text}\ntransit-offload: false\n` : text;
      });
    }
    await lab.up();
    return line;
  }

  async view(node: string): Promise<View> {
    return (await requestAdmin(this.#doorOf(node), "/view")) as View;
  }

  /** The name that a service's host answers with; empty when none does. */
  ask(service: Service): Promise<string> {
    return askWho(this.lab, this.#nodes[0]!, this.#ports[service]);
  }

  /** Leads both services to the last node, each by its share. */
  async lead(shares: Readonly<Record<Service, number>>): Promise<void> {
    const until = Date.now() + HOUR_MS;
    const [first, link, ...rest] = this.#nodes;
    const labels = await Promise.all(
      rest.map(
        async (node, at) => (await this.view(this.#nodes[at + 1]!)).links.find(({ name }) => name === node)!.label,
      ),
    );
    const paths = SERVICES.map((service) => {
      const via = this.#nodes.slice(1);
      const route = { link, labels: [...labels, LABELS[service]], via, share: shares[service], until };
      return { name: `auto.${service}.${via.at(-1)!}`, routes: [route], until };
    });
    const leads = SERVICES.map((service, at) => ({ service, path: paths[at]!.name, until }));
    await this.#order(first!, { paths, leads });
  }

  /** Has all relays permit these shares, each at its rate. */
  async permit(shares: readonly (readonly [share: number, rate: number])[]): Promise<void> {
    for (const [at, node] of this.#nodes.slice(1, -1).entries()) {
      const [from, to] = [this.#nodes[at], this.#nodes[at + 2]];
      const way = { from, to, classes: ["reliable"], until: Date.now() + HOUR_MS };
      await this.#order(node, {
        transit: shares.map(([share, rate]) => ({ ...way, share, rate, permit: `p${share}` })),
      });
    }
  }

  async #order(node: string, more: object): Promise<void> {
    const { generation: base } = await this.view(node);
    const body = JSON.stringify({ base, life, paths: [], leads: [], pins: {}, ...more });
    await requestAdmin(this.#doorOf(node), "/overlay", { method: "POST", body });
  }

  #doorOf(node: string): string {
    return `${this.lab.folder}/${node}-door.sock`;
  }

  #fabricOf(node: string, isRelay: boolean): string[] {
    return [
      `door: ${this.#doorOf(node)}`,
      `sessions: ${this.lab.folder}/${node}-sessions.sock`,
      `identity: ${this.#issue(node, "service", `fabric.${node}`)}`,
      `agent: session+unix:${this.lab.folder}/${node}-agent.sock`,
      ...(isRelay ? ["relay: { classes: [ reliable ], rate: 10 Mbit/s }"] : []),
    ];
  }

  /** Starts the targets of the services. Returns the lines of the host's config. */
  async #serve(): Promise<string[]> {
    const host = this.#nodes.at(-1)!;
    const lines: string[] = [];
    for (const name of SERVICES) {
      const identity = this.#issue(host, "service", name);
      const target = await freePort();
      await startFileServer(this.lab, host, target);
      const rest = `identity: ${identity}, target: "tcp://127.0.0.1:${target}", allow: [ user/alice ]`;
      lines.push(`${name}: { label: ${LABELS[name]}, ${rest} }`);
    }
    return lines;
  }

  #tunnels(): string[] {
    const alice = this.#issue(this.#nodes[0]!, "user", "alice");
    return SERVICES.map((service) => {
      return `- { listen: "tcp://127.0.0.1:${this.#ports[service]}", as: ${alice}, service: ${service}, path: auto }`;
    });
  }

  /** Puts an identity on a node; returns its folder. */
  #issue(node: string, kind: "service" | "user", name: string): string {
    const folder = this.lab.identityFolder(node, `${kind}/${name}`);
    openCa(this.lab.caFolder).issueInto(folder, { kind, name });
    return folder;
  }
}
