import { HeldIdentity, IdentityError } from "@florenetes/identity";
import type { ClusterPortalConfig } from "./link-config.ts";

/** Loads the identity of a cluster, and checks that it is a vertex's, with the name that the config asks for. @throws IdentityError */
export function loadIdentity({ cluster, vertex: name, identity: folder }: ClusterPortalConfig): HeldIdentity {
  try {
    return new HeldIdentity(folder, { cluster, kinds: ["vertex"], ...(name !== undefined && { name }) });
  } catch (error) {
    throw error instanceof IdentityError ? error.usedAs(useOf(cluster)) : error;
  }
}

/** Names the line of the config that leads to an identity and to the files in its folder. */
export function useOf(cluster: string): string {
  return `\`identity\` of cluster ${cluster}`;
}
