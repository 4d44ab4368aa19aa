import { type StreamAddress, formatStreamAddress, parseStreamAddress } from "./network-address.ts";

/** The services that a vertex has itself. */
const ownServiceNames = ["echo"] as const;
export type OwnServiceName = (typeof ownServiceNames)[number];

/** Where the streams of a service lead: to a workload, or to the process itself. */
export type ServiceTarget = StreamAddress | { readonly kind: "self"; readonly service: OwnServiceName };

/** Reads what `parseStreamAddress` does, and `self:echo`; undefined when it is neither. */
export function parseServiceTarget(text: string): ServiceTarget | undefined {
  const service = ownServiceNames.find((name) => text === `self:${name}`);
  return service === undefined ? parseStreamAddress(text) : { kind: "self", service };
}

/** Writes a target as `parseServiceTarget` reads it. */
export function formatServiceTarget(target: ServiceTarget): string {
  return target.kind === "self" ? `self:${target.service}` : formatStreamAddress(target);
}
