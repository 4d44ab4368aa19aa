import type { FabricView } from "./fabric-view.ts";
import { compareTexts } from "./compare-texts.ts";
import { recordRef } from "./record-ref.ts";
import type { ServiceHost, ServiceResource } from "./resources.ts";
import type { ToldBodies, ToldRecord } from "./told-records.ts";

/** A host with this load, in percent, takes nothing more (docs/protocol/facts.md, `announce`). */
const FULL_LOAD = 100;

/** The services of a fabric, by their scopes and names. */
export function servicesOf(view: FabricView): readonly ServiceResource[] {
  const hosts = new Hosts(view);
  const leaders = new Map(view.records("leader").map((record) => [keyOf(record), record]));
  return view
    .records("service")
    .map((record): ServiceResource => {
      const { subject: name, scope, body } = record;
      const { aliases, mode, classes } = body;
      const told = body.hosts.map((host) => hosts.told(name, host));
      return {
        name,
        scope,
        aliases,
        mode,
        classes,
        state: stateOf(told),
        hosts: told,
        leader: mode === "leader" ? leaderOf(leaders.get(keyOf(record))) : null,
        record: recordRef(record),
      };
    })
    .toSorted((a, b) => compareTexts(serviceKey(a), serviceKey(b)));
}

/** The name of a service among those of all scopes: a space is in neither part. */
export function serviceKey({ scope, name }: Pick<ServiceResource, "scope" | "name">): string {
  return `${scope} ${name}`;
}

function keyOf({ scope, subject }: ToldRecord): string {
  return `${scope} ${subject}`;
}

/** Nodes with a record, and their loads by service as they announce them. */
class Hosts {
  readonly #nodes: ReadonlySet<string>;
  readonly #loads: ReadonlyMap<string, ReadonlyMap<string, number>>;

  constructor(view: FabricView) {
    this.#nodes = new Set(view.records("node").map(({ subject }) => subject));
    this.#loads = new Map(
      view
        .records("announce")
        .map(({ subject, body }) => [subject, new Map(body.services.map(({ service, load }) => [service, load]))]),
    );
  }

  told(service: string, { node, priority, weight }: ToldBodies["service"]["hosts"][number]): ServiceHost {
    const load = this.#loads.get(node)?.get(service) ?? null;
    return { node, priority, weight, state: this.#stateOf(node, load), load };
  }

  #stateOf(node: string, load: number | null): ServiceHost["state"] {
    if (!this.#nodes.has(node)) return "no-record";
    if (load !== null) return load >= FULL_LOAD ? "full" : "serving";
    return this.#loads.has(node) ? "not-serving" : "silent";
  }
}

function stateOf(hosts: readonly ServiceHost[]): ServiceResource["state"] {
  const serving = hosts.filter(({ state }) => state === "serving").length;
  if (serving === 0) return "down";
  return serving < hosts.length ? "degraded" : "served";
}

function leaderOf(record: ToldRecord<ToldBodies["leader"]> | undefined): ServiceResource["leader"] {
  if (record === undefined) return null;
  const { body, issuer, expires } = record;
  return { host: body.host, coordinator: issuer ?? "", expires };
}
