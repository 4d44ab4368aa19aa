import { createHash } from "node:crypto";
import { gather, only, sealed } from "@florenetes/blobs/sealing";
import { EXIT_CODES } from "@florenetes/operator-text";
import { manifestLines, manifestName } from "./manifest.ts";
import { withOperatorErrors } from "./store-error.ts";
import { openCollection, type StoreOptions, type StoreWorld } from "./store-world.ts";

/** Puts a list of all objects, and says by which hash a record names it. */
export async function putManifest(collection: string, options: StoreOptions, world: StoreWorld): Promise<number> {
  await using place = await openCollection(world, collection, options);
  const { signal } = new AbortController();
  const { client, terms } = place;
  const { hash, count } = await withOperatorErrors(async () => {
    const lines = await manifestLines(client.list("", signal));
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    const octets = await gather(sealed(only(Buffer.from(text)), terms.recipients));
    const digest = createHash("sha256").update(octets).digest("hex");
    await client.put(manifestName(digest), only(octets), { signal });
    return { hash: digest, count: lines.length };
  });
  if (options.json === true) world.output.out(JSON.stringify({ manifest: hash, objects: count }, undefined, 2));
  else {
    world.output.out(hash);
    world.output.err(
      `a manifest of ${count} objects; to have it checked: flor fabric propose collection … --manifest ${hash}`,
    );
  }
  return EXIT_CODES.ok;
}
