import { parseRate, parseServiceTarget } from "@florenetes/config-file";
import { TrafficClass } from "@florenetes/forwarding";
import type { FabricConfig } from "./cluster-config.ts";
import type { ClusterDocument } from "./config-problems.ts";
import { resolveMode, resolveOwner } from "./socket-files.ts";

export function resolveFabric(document: ClusterDocument): FabricConfig | undefined {
  const section = document.value.fabric;
  if (section === undefined) return undefined;
  const target = parseServiceTarget(section.agent);
  return {
    door: document.resolvePath(section.door),
    sessions: document.resolvePath(section.sessions),
    mode: resolveMode(document, ["fabric", "mode"], section.mode),
    owner: resolveOwner(document, ["fabric", "owner"], section.owner),
    identity: document.resolvePath(section.identity),
    agent: document.resolvePath(target?.kind === "session" ? target.path : ""),
    relay: section.relay && {
      classes: new Set(section.relay.classes.map((name) => TrafficClass[name])),
      bitsPerSecond: parseRate(section.relay.rate) ?? 0,
    },
    doPinsBindAll: section.pins === "all",
    linksMax: section["links-max"],
    dial: section.dial,
  };
}
