import { isLoopback, ListenPlaces, parseDuration, parseStreamAddress } from "@florenetes/config-file";
import type { KeyPath, ListenAddress } from "@florenetes/config-file";
import { TrafficClass } from "@florenetes/forwarding";
import type { InFile, TunnelConfig } from "./cluster-config.ts";
import { indexOfPath, problem } from "./config-problems.ts";
import type { ClusterDocument } from "./config-problems.ts";
import { resolveMode, resolveOwner } from "./socket-files.ts";
import { checkFarService, resolveAddress } from "./resolve-services.ts";
import type { TunnelSection } from "./schema.ts";

export function resolveTunnels(document: ClusterDocument): InFile<TunnelConfig>[] {
  const { tunnels, metrics } = document.value;
  const takenBy = { tcp: new ListenPlaces<KeyPath>(), udp: new ListenPlaces<KeyPath>() };
  const told = metrics === undefined ? undefined : parseStreamAddress(metrics.listen);
  if (told?.kind === "tcp") takenBy.tcp.take(told, ["metrics", "listen"]);
  return tunnels.map((tunnel, index) => {
    const at = ["tunnels", index];
    const listen = resolveAddress(document, tunnel.listen);
    if (listen.kind !== "unix") {
      const first = takenBy[listen.kind].take(listen, [...at, "listen"]);
      if (first !== undefined) reportDuplicate(document, at, first);
    }
    checkOptions(document, at, tunnel, listen);
    const path = indexOfPath(document, [...at, "path"], tunnel.path);
    if (path !== undefined && path !== -1) checkFarService(document, [...at, "service"], tunnel);
    return {
      name: tunnel.listen,
      listen,
      mode: resolveMode(document, [...at, "mode"], tunnel.mode),
      owner: resolveOwner(document, [...at, "owner"], tunnel.owner),
      as: document.resolvePath(tunnel.as),
      service: tunnel.service,
      path,
      trafficClass: TrafficClass[tunnel.class],
      keepMs: tunnel.keep === "warm" ? undefined : parseDuration(tunnel.keep),
      connectWaitMs: parseDuration(tunnel["connect-wait"]),
      isUncut: tunnel["dont-fragment"],
    };
  });
}

function reportDuplicate(document: ClusterDocument, at: KeyPath, first: KeyPath): void {
  const { line } = document.place(first);
  const message = `${first[0] === "tunnels" ? "the tunnel" : "`metrics`"} of line ${line} listens there`;
  problem(document, [...at, "listen"], "ERR_CONFIG_LISTEN_DUPLICATE", message, "Choose another port or address.");
}

function checkOptions(document: ClusterDocument, at: KeyPath, tunnel: TunnelSection, listen: ListenAddress): void {
  if (listen.kind !== "udp" && tunnel["dont-fragment"] !== undefined) {
    const message = "`dont-fragment` is for `udp://` listeners";
    const advice = "Remove it: a stream has no datagrams that could be cut.";
    problem(document, [...at, "dont-fragment"], "ERR_CONFIG_LISTEN_OPTION", message, advice);
  }
  if (listen.kind === "unix") {
    if (tunnel.expose !== undefined) {
      const advice = "Remove it; who may connect is said by `mode` and `owner`.";
      const message = "`expose` is for `tcp://` and `udp://` listeners";
      problem(document, [...at, "expose"], "ERR_CONFIG_LISTEN_OPTION", message, advice);
    }
    return;
  }
  for (const option of ["mode", "owner"] as const) {
    if (tunnel[option] === undefined) continue;
    const message = `\`${option}\` is for \`unix:\` listeners`;
    const advice = "Remove it, or listen on a Unix socket.";
    problem(document, [...at, option], "ERR_CONFIG_LISTEN_OPTION", message, advice);
  }
  if (!isLoopback(listen.host) && tunnel.expose !== true) {
    const message = `${listen.host} can be reached from other machines: whoever connects there acts as the tunnel's principal`;
    const advice = "Listen on 127.0.0.1, or write `expose: true` if that is what you want.";
    problem(document, [...at, "listen"], "ERR_CONFIG_LISTEN_EXPOSED", message, advice);
  }
}
