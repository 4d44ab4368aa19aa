import { compareTexts } from "./compare-texts.ts";
import type { DatedReport } from "./dated-reports.ts";
import type { FabricView } from "./fabric-view.ts";
import { recordRef } from "./record-ref.ts";
import type { NodeHealth, NodeProgram, NodeResource } from "./resources.ts";

/** The nodes of a fabric, by their names. */
export function nodesOf(view: FabricView): readonly NodeResource[] {
  const announced = new Map(view.records("announce").map(({ subject, body }) => [subject, body]));
  const roles = rolesByNode(view);
  return view
    .records("node")
    .map((record): NodeResource => {
      const { subject: name, body } = record;
      const announcement = announced.get(name);
      const report = view.reports.get(name);
      return {
        name,
        organization: body.organization,
        partition: body.partition,
        tier: body["trust-tier"],
        key: body.key,
        state: announcement === undefined ? "silent" : "announced",
        roles: roles.get(name) ?? [],
        capabilities: announcement?.capabilities ?? [],
        endpoints: (announcement?.endpoints ?? []).map(({ id, endpoint = null, carrier, reach, provider = null }) => ({
          id,
          endpoint,
          carrier,
          reach,
          provider,
        })),
        services: (announcement?.services ?? []).map(({ service, load }) => ({ service, load })),
        program: report === undefined ? null : programOf(report),
        health: report === undefined ? null : healthOf(report),
        record: recordRef(record),
      };
    })
    .toSorted((a, b) => compareTexts(a.name, b.name));
}

function rolesByNode(view: FabricView): ReadonlyMap<string, NodeResource["roles"]> {
  const roles = new Map<string, NodeResource["roles"][number][]>();
  for (const { subject, scope, expires } of view.records("role")) {
    const [node = "", role = "", partition = ""] = subject.split("/");
    const held = roles.get(node) ?? [];
    held.push({ role, scope, partition, expires });
    roles.set(node, held);
  }
  return roles;
}

function programOf({ profile }: DatedReport): NodeProgram | null {
  if (profile === null) return null;
  const { software, contracts } = profile;
  return { version: software.version, commit: software.commit ?? null, contracts };
}

function healthOf({ at, load, battery, metered, profile, nat, links, offer }: DatedReport): NodeHealth {
  return {
    reported: new Date(at).toISOString(),
    load,
    battery,
    metered,
    device: profile === null ? null : { ...profile.device, battery: profile.device.battery ?? null },
    nat,
    relays: offer?.rate ?? null,
    links: links.map(({ peer, roundTripMs, loss }) => ({ peer, roundTripMs, loss })),
  };
}
