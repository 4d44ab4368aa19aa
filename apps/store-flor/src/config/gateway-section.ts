/** The section `storage-gateway`: restic's way to collections. */
import type { CollectionId } from "@florenetes/blobs";
import {
  checkedText,
  type ConfigDocument,
  type HostPort,
  isLoopback,
  parseIpAddress,
  pathField,
} from "@florenetes/config-file";
import { z } from "zod";
import { readCollectionId } from "./collection-id.ts";
import type { GatewayErrorCode } from "./config-errors.ts";
import { GATEWAY_COLLECTIONS_MAX } from "./limits.ts";

/** The section in the form of the file. */
export interface GatewaySection {
  bind: string;
  tunnels: string;
  agent: string;
  collections: string[];
  "password-file"?: string | undefined;
}

/** Speaks restic's REST protocol to programs of this machine. */
export interface GatewayMode {
  readonly mode: "storage-gateway";
  /** A loopback address. */
  readonly bind: HostPort;
  /** Path of the folder of cluster-flor's tunnels to holders. */
  readonly tunnels: string;
  /** Path of the admin socket of the node's agent, whose records say what the collections are. */
  readonly agent: string;
  readonly collections: readonly CollectionId[];
  /** File with the name and the password that programs have to send; undefined: none. */
  readonly passwordFile: string | undefined;
}

const bind = checkedText({
  test: (text) => isLoopback(parseIpAddress(`tcp://${text}`)?.host ?? ""),
  code: "ERR_STORE_BIND" satisfies GatewayErrorCode,
  message: (text) => `"${text}" is no address of loopback with a port`,
  advice: 'As "127.0.0.1:8300".',
});

export const collectionField: z.ZodString = checkedText({
  test: (text) => readCollectionId(text) !== undefined,
  code: "ERR_STORE_COLLECTION" satisfies GatewayErrorCode,
  message: (text) => `"${text}" is no collection`,
  advice: 'As "org/acme/backups" or "cluster/backups".',
});

export const gatewayField: z.ZodOptional<z.ZodType<GatewaySection>> = z
  .strictObject({
    bind,
    tunnels: pathField,
    agent: pathField,
    collections: z.array(collectionField).min(1).max(GATEWAY_COLLECTIONS_MAX),
    "password-file": pathField.optional(),
  })
  .optional();

/** Resolves the section. A collection that is there twice is a problem of the file. */
export function resolveGateway(document: ConfigDocument<unknown>, section: GatewaySection): GatewayMode {
  for (const [at, name] of section.collections.entries()) {
    if (section.collections.indexOf(name) === at) continue;
    const code: GatewayErrorCode = "ERR_STORE_COLLECTION";
    document.problem(["storage-gateway", "collections", at], code, `${name} is there twice`, "Remove one of them.");
  }
  const passwordFile = section["password-file"];
  return {
    mode: "storage-gateway",
    bind: parseIpAddress(`tcp://${section.bind}`)!,
    tunnels: document.resolvePath(section.tunnels),
    agent: document.resolvePath(section.agent),
    collections: section.collections.map((name) => readCollectionId(name)!),
    passwordFile: passwordFile === undefined ? undefined : document.resolvePath(passwordFile),
  };
}
