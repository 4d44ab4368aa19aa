import {
  type ListenAddress,
  formatListenAddress,
  formatStreamAddress,
  parseDatagramTarget,
  parseStreamAddress,
} from "./network-address.ts";

/** The services that a vertex has itself. */
const ownServiceNames = ["echo"] as const;
export type OwnServiceName = (typeof ownServiceNames)[number];

const SESSION_PREFIX = "session+";

/**
 * The end of a service's streams or datagrams: a workload by a connection each, a workload by a data session, or the
 * process itself.
 */
export type ServiceTarget =
  | ListenAddress
  | { readonly kind: "session"; readonly path: string }
  | { readonly kind: "self"; readonly service: OwnServiceName };

/** Reads what `parseStreamAddress` and `parseDatagramTarget` do, `session+unix:path` and `self:echo`; undefined when it is none of them. */
export function parseServiceTarget(text: string): ServiceTarget | undefined {
  const service = ownServiceNames.find((name) => text === `self:${name}`);
  if (service !== undefined) return { kind: "self", service };
  if (text.startsWith(SESSION_PREFIX)) {
    const address = parseStreamAddress(text.slice(SESSION_PREFIX.length));
    return address?.kind === "unix" ? { kind: "session", path: address.path } : undefined;
  }
  return parseDatagramTarget(text) ?? parseStreamAddress(text);
}

/** Writes a target as `parseServiceTarget` reads it. */
export function formatServiceTarget(target: ServiceTarget): string {
  if (target.kind === "self") return `self:${target.service}`;
  if (target.kind === "session") return SESSION_PREFIX + formatStreamAddress({ kind: "unix", path: target.path });
  return formatListenAddress(target);
}
