import { type ListenAddress, formatListenAddress, parseDatagramTarget, parseStreamAddress } from "./network-address.ts";

/** The services that a vertex has itself. */
const ownServiceNames = ["echo"] as const;
export type OwnServiceName = (typeof ownServiceNames)[number];

/** Where the streams or datagrams of a service lead: to a workload, or to the process itself. */
export type ServiceTarget = ListenAddress | { readonly kind: "self"; readonly service: OwnServiceName };

/** Reads what `parseStreamAddress` and `parseDatagramTarget` do, and `self:echo`; undefined when it is none of them. */
export function parseServiceTarget(text: string): ServiceTarget | undefined {
  const service = ownServiceNames.find((name) => text === `self:${name}`);
  if (service !== undefined) return { kind: "self", service };
  return parseDatagramTarget(text) ?? parseStreamAddress(text);
}

/** Writes a target as `parseServiceTarget` reads it. */
export function formatServiceTarget(target: ServiceTarget): string {
  return target.kind === "self" ? `self:${target.service}` : formatListenAddress(target);
}
