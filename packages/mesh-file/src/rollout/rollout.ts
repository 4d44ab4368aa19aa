import { AUTO_PATH } from "../mesh.ts";
import { isSame, linksAwaited, linksRemade, switched, widened } from "./stages.ts";
import type { NodeConfig } from "./node-config.ts";
import { hasTable, Network } from "./network.ts";

/** The configs of the nodes of a mesh, by the nodes' names. */
export type NodeConfigs = ReadonlyMap<string, NodeConfig>;

/** A step gives one node another config, which the node takes by a reload. */
export interface RolloutStep {
  readonly node: string;
  /**
   * `start` and `stop` are for nodes that come and go. `change` brings a node to its last config at once. Where that
   * would break leads in use, `widen` adds what is new at the node, `switch` moves its own tunnels to their new paths,
   * and `narrow` removes what is no longer used.
   */
  readonly action: "start" | "widen" | "switch" | "narrow" | "change" | "stop";
  /** The config from here on; undefined: the node stops. */
  readonly config: NodeConfig | undefined;
  /** Links of the node that are made again: packets over them wait meanwhile. */
  readonly linksRemade: readonly string[];
  /**
   * Links of the node, each as `<peer>/<tag>`, that stay down until a later step: the other end does not have them yet,
   * or has them otherwise.
   */
  readonly linksAwaited: readonly string[];
  /** Tunnels that stop working at this step, though they work before the first step and after the last. */
  readonly breaks: readonly LeadBreak[];
}

export interface LeadBreak {
  readonly lead: Lead;
  /** The node at which the packets, or the answers, end meanwhile. */
  readonly at: string;
  /** Why the packets end there. */
  readonly text: string;
}

/** A tunnel, or a service of a socket of data sessions. */
export interface Lead {
  readonly node: string;
  /** The address to which workloads connect. */
  readonly listen: string;
  /** The service, by its name at its own node. */
  readonly service: string;
  /** The principal, as `<kind>/<name>`. */
  readonly as: string;
  /** Name of the path in the config of the node. */
  readonly path: string;
}

/**
 * Brings the nodes of a mesh from their configs to others, one node at a time, in an order in which nothing stops
 * working on the way, where there is such an order. The order is found by trial: each step is taken on a model of the
 * mesh, with every tunnel that crosses the node.
 */
export function planRollout(before: NodeConfigs, after: NodeConfigs): RolloutStep[] {
  return new Rollout(before, after).run();
}

/** The tunnels and session services of a node. */
export function leadsOf(node: string, { tunnels, sessions }: Pick<NodeConfig, "tunnels" | "sessions">): Lead[] {
  return [
    ...tunnels.map(({ listen, as, service, path }) => ({ node, listen, service, as: principalOf(as), path })),
    ...sessions.flatMap(({ listen, as, services }) =>
      Object.entries(services).map(([name, { path, service = name }]) => {
        return { node, listen, service, as: principalOf(as), path };
      }),
    ),
  ];
}

/** The leads whose path a config has: where an agent leads the others, no config says. */
function triedLeads(node: string, config: Pick<NodeConfig, "tunnels" | "sessions">): Lead[] {
  return leadsOf(node, config).filter(({ path }) => path !== AUTO_PATH);
}

/** An identity's folder ends with its principal. */
function principalOf(folder: string): string {
  return folder.split("/").slice(-2).join("/");
}

/** The trial of a lead, and the nodes that its result depends on. */
interface Trial {
  readonly nodes: ReadonlySet<string>;
  /** Undefined when the lead works. */
  readonly problem: { readonly at: string; readonly text: string } | undefined;
}

class Rollout {
  readonly #network = new Network();
  readonly #after: NodeConfigs;
  readonly #left = new Set<string>();
  readonly #steps: RolloutStep[] = [];
  /** The present leads of the mesh with their trials, by node. */
  readonly #leads = new Map<string, ReadonlyMap<string, readonly [Lead, Trial]>>();
  /** By node: the nodes whose leads send packets across it. */
  readonly #originsOver = new Map<string, Set<string>>();

  constructor(before: NodeConfigs, after: NodeConfigs) {
    this.#after = after;
    for (const [node, config] of before) this.#network.set(node, config);
    for (const node of new Set([...before.keys(), ...after.keys()])) {
      if (!isSame(before.get(node), after.get(node))) this.#left.add(node);
    }
    for (const node of before.keys()) this.#tryLeads(node);
  }

  run(): RolloutStep[] {
    this.#finishAll();
    // A node that only its own packets cross needs no wider config.
    for (const node of this.#left) if (this.#isCrossedByOthers(node)) this.#widen(node);
    this.#finishAll();
    for (const node of this.#left) this.#widen(node);
    this.#finishAll();
    for (const node of this.#left) this.#switch(node);
    this.#finishAll();
    // The remaining changes cannot be made without a break.
    while (this.#left.size > 0) {
      const [node] = this.#left;
      this.#finish(node!);
      this.#finishAll();
    }
    return this.#steps;
  }

  /** Brings each node to its last config where that breaks nothing, until no such node is left. */
  #finishAll(): void {
    for (let isGoingOn = true; isGoingOn;) {
      isGoingOn = false;
      for (const node of this.#left) {
        if (this.#breaksOf(node, this.#after.get(node)).length > 0) continue;
        this.#finish(node);
        isGoingOn = true;
      }
    }
  }

  #finish(node: string): void {
    const [now, last] = [this.#network.get(node), this.#after.get(node)];
    const isWider = this.#steps.some((step) => step.node === node);
    const action = last === undefined ? "stop" : now === undefined ? "start" : isWider ? "narrow" : "change";
    this.#left.delete(node);
    this.#take(node, action, last);
  }

  #widen(node: string): void {
    const [now, last] = [this.#network.get(node), this.#after.get(node)];
    if (now !== undefined && last !== undefined) this.#takeIfOther(node, "widen", widened(now, last));
  }

  #switch(node: string): void {
    const [now, last] = [this.#network.get(node), this.#after.get(node)];
    if (now !== undefined && last !== undefined) this.#takeIfOther(node, "switch", switched(now, last));
  }

  #takeIfOther(node: string, action: RolloutStep["action"], config: NodeConfig): void {
    // A label that means one thing now and another in the end has no place in a config of both.
    if (!hasTable(config)) return;
    if (isSame(config, this.#after.get(node))) this.#finish(node);
    else if (!isSame(config, this.#network.get(node))) this.#take(node, action, config);
  }

  #take(node: string, action: RolloutStep["action"], config: NodeConfig | undefined): void {
    const breaks = this.#breaksOf(node, config).filter(({ lead }) => !this.#isGoing(lead));
    const now = this.#network.get(node);
    const remade = now === undefined || config === undefined ? [] : linksRemade(now, config);
    const origins = this.#originsTouchedBy(node);
    this.#network.set(node, config);
    const awaited = linksAwaited(
      node,
      (at) => this.#network.get(at),
      (at) => this.#after.get(at),
    );
    this.#steps.push({ node, action, config, linksRemade: remade, linksAwaited: awaited, breaks });
    for (const origin of origins) this.#tryLeads(origin);
  }

  /** Finds the leads that would break if a node had another config. */
  #breaksOf(node: string, config: NodeConfig | undefined): LeadBreak[] {
    const now = this.#network.get(node);
    this.#network.set(node, config);
    const breaks: LeadBreak[] = [];
    for (const origin of this.#originsTouchedBy(node)) {
      const isOwn = origin === node;
      for (const lead of isOwn ? triedLeads(node, config ?? nothing) : this.#leadsAt(origin)) {
        const former = this.#leads.get(origin)?.get(keyOf(lead))?.[1];
        // A lead that has not worked so far cannot break; but a new one is to work from its beginning.
        if (former?.problem !== undefined || (former === undefined && !isOwn)) continue;
        const { problem } = this.#try(lead);
        if (problem !== undefined) breaks.push({ lead, ...problem });
      }
    }
    this.#network.set(node, now);
    return breaks;
  }

  /** Whether the last config of its node no longer has the lead. */
  #isGoing(lead: Lead): boolean {
    const last = this.#after.get(lead.node);
    return last === undefined || !leadsOf(lead.node, last).some((other) => nameOf(other) === nameOf(lead));
  }

  #leadsAt(node: string): Lead[] {
    return [...(this.#leads.get(node)?.values() ?? [])].map(([lead]) => lead);
  }

  #isCrossedByOthers(node: string): boolean {
    return [...this.#originsTouchedBy(node)].some((origin) => origin !== node);
  }

  #originsTouchedBy(node: string): Set<string> {
    return new Set([node, ...(this.#originsOver.get(node) ?? [])]);
  }

  #tryLeads(node: string): void {
    const leads = triedLeads(node, this.#network.get(node) ?? nothing);
    this.#leads.set(node, new Map(leads.map((lead) => [keyOf(lead), [lead, this.#try(lead)]])));
    for (const [, { nodes }] of this.#leads.get(node)!.values()) {
      for (const crossed of nodes)
        this.#originsOver.set(crossed, (this.#originsOver.get(crossed) ?? new Set()).add(node));
    }
  }

  #try(lead: Lead): Trial {
    const { node: at, end, nodes } = this.#network.try(lead.node, lead.path);
    if (end !== `service ${lead.service}`) return { nodes, problem: { at, text: end } };
    const isAllowed = this.#network.get(at)!.services[lead.service]!.allow.includes(lead.as);
    const text = `service ${lead.service} does not allow ${lead.as}`;
    return { nodes, problem: isAllowed ? undefined : { at, text } };
  }
}

const nothing: Pick<NodeConfig, "tunnels" | "sessions"> = { tunnels: [], sessions: [] };

/** The name by which workloads know a lead. */
function nameOf({ listen, service }: Lead): string {
  return `${listen} ${service}`;
}

function keyOf(lead: Lead): string {
  return `${nameOf(lead)} ${lead.as} ${lead.path}`;
}
