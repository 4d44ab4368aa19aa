import { readdirSync } from "node:fs";
import { type HolderDoor, type CollectionTerms, toldCollections } from "@florenetes/blobs";
import { openStoreClient, type StoreClient } from "@florenetes/blobs/client";
import { openTunnelDoor } from "@florenetes/blobs/wire";
import { OperatorError } from "@florenetes/operator-text";
import { requestAdmin } from "@florenetes/process-kit";
import { nodeTime } from "@florenetes/scheduling";
import { FLOR_ERRORS } from "../error-codes.ts";
import { answerError } from "../fabric/asked-agent.ts";
import type { Output } from "../output.ts";
import { blobError, storeError } from "./store-error.ts";

/** How commands of `flor store` come to holders, and where octets go. */
export interface StoreWorld {
  readonly output: Output;
  /** Opens a way to holders over a folder of tunnels. @throws OperatorError ERR_FLOR_STORE_TUNNELS */
  readonly openDoor: (tunnels: string) => HolderDoor & Disposable;
  readonly input: AsyncIterable<Uint8Array>;
  readonly stdout: NodeJS.WritableStream;
  /** Shows how far something is; undefined: nobody looks. */
  readonly progress: NodeJS.WritableStream | undefined;
}

/** The options of each command. */
export interface StoreOptions {
  readonly tunnels: string;
  readonly agent: string;
  readonly identity?: string;
  readonly json?: true;
}

/** This process, with an output for texts. */
export function processWorld(output: Output): StoreWorld {
  return {
    output,
    openDoor: (tunnels) => {
      requireTunnels(tunnels);
      return openTunnelDoor(tunnels);
    },
    input: process.stdin,
    stdout: process.stdout,
    progress: process.stderr.isTTY ? process.stderr : undefined,
  };
}

/** A collection, and a client of it. */
export interface OpenCollection extends AsyncDisposable {
  readonly name: string;
  readonly terms: CollectionTerms;
  readonly client: StoreClient;
}

/** Opens a collection, as the agent knows it. @throws OperatorError ERR_FLOR_USAGE, ERR_ADMIN_…, ERR_STORAGE_COLLECTION */
export async function openCollection(
  world: StoreWorld,
  name: string,
  { tunnels, agent }: StoreOptions,
): Promise<OpenCollection> {
  const terms = await askTerms(name, agent);
  const door = world.openDoor(tunnels);
  const client = openStoreClient({ terms, door, time: nodeTime });
  return {
    name,
    terms,
    client,
    [Symbol.asyncDispose]: async () => {
      client.close();
      door[Symbol.dispose]();
    },
  };
}

/** A folder that is not there, or that others keep from us, would be told as holders that are silent. */
function requireTunnels(folder: string): void {
  try {
    readdirSync(folder);
  } catch (cause) {
    throw storeError(
      "ERR_FLOR_STORE_TUNNELS",
      `the tunnels cannot be seen: ${(cause as Error).message}`,
      folder,
      cause,
    );
  }
}

async function askTerms(name: string, agent: string): Promise<CollectionTerms> {
  const [, scope, subject] = /^(cluster|org\/[^/]+)\/([^/]+)$/.exec(name) ?? [];
  if (scope === undefined) {
    const message = `"${name}" names no collection: it is cluster/NAME or org/ORGANIZATION/NAME`;
    throw new OperatorError("ERR_FLOR_USAGE", message, { advice: FLOR_ERRORS.ERR_FLOR_USAGE.advice });
  }
  const told = toldCollections.safeParse(await requestAdmin(agent, "/collections"));
  if (!told.success) throw answerError(agent, "answered what are no collections");
  const { collections } = told.data;
  const terms = collections.find((each) => each.scope === scope && each.name === subject);
  if (terms !== undefined) return terms;
  const known = collections.map((each) => `${each.scope}/${each.name}`).join(", ");
  const message = `the agent knows no collection ${name}${known === "" ? "" : `; it knows ${known}`}`;
  throw blobError({ code: "ERR_STORAGE_COLLECTION", message });
}
