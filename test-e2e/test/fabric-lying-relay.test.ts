/*
 *            ┌──── b ────┐
 *        a ──┤           ├── d     a service on d, over leased routes. The relay that a uses begins to drop a tenth of all packets, and tells
 *            └──── c ────┘         of links that lose nothing and take no time
 */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FabricLab, Lab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileDigest } from "../src/file-contents.ts";
import { freePort } from "../src/free-port.ts";
import { openLeasedDiamond } from "../src/leased-diamond.ts";
import { hasPython, PYTHON } from "../src/link-vertices.ts";
import { PATIENCE, PATIENCE_MS } from "../src/patience.ts";
import { askWho, downloadDigest, MEGABYTE } from "../src/services.ts";

const LYING = fileURLToPath(new URL("../../tools/chaos/attackers/lying_link_vertex.py", import.meta.url));
const EXAMPLES = fileURLToPath(new URL("../../examples/link-vertex-python", import.meta.url));
const SIZE = 4 * MEGABYTE;
/** Three looks, each 5 s behind the last one, and the time until 5 % are measured. */
const NOTICED_MS = 60_000;

interface Status {
  readonly routes: { readonly leases: readonly { readonly routes: readonly { readonly via: readonly string[] }[] }[] };
}

interface PathRow {
  readonly name: string;
  readonly switches: readonly { readonly reason: string; readonly switches: number }[];
}

describe.skipIf(!hasPython("fabric-lying-relay"))("a relay that lies", () => {
  let lab: Lab;
  let fabric: FabricLab;
  let port: number;

  const inUse = async () => (await fabric.routesOf("a")).find((route) => route.inUse.length > 0)?.route.split(">")[0];
  const leased = async () => {
    const [lease] = ((await fabric.status("a")) as Status).routes.leases;
    return lease?.routes.map(({ via }) => via[0]!) ?? [];
  };

  beforeAll(async () => {
    port = await freePort();
    const plan = { cluster: "lying", coordinator: "c", rate: "10 Gbit/s", tunnels: [{ port }] } as const;
    ({ lab, fabric } = await openLeasedDiamond(plan, { linkVertex: [...PYTHON, LYING, EXAMPLES] }));
  });
  afterAll(async () => {
    await fabric?.[Symbol.asyncDispose]();
    await lab?.down();
  });

  test("loses the origin that measures it, and no byte is lost", { timeout: 6 * PATIENCE_MS }, async () => {
    await expect
      .poll(async () => (await leased()).toSorted(), { ...PATIENCE, timeout: 2 * PATIENCE_MS })
      .toEqual(["b", "c"]);
    await expect.poll(() => askWho(lab, "a", port), PATIENCE).toBe("d");
    await expect.poll(inUse, PATIENCE).toBeDefined();
    const liar = (await inUse())!;
    const honest = liar === "b" ? "c" : "b";
    writeFileSync(join(dirname(lab.configFile(liar, "link-flor")), "drop"), "");
    const begun = performance.now();
    const digests = new Set<string>();
    while ((await inUse()) !== honest && performance.now() < begun + NOTICED_MS)
      digests.add(await downloadDigest(lab, "a", port, SIZE));
    process.stdout.write(`another route after ${Math.round(performance.now() - begun)} ms\n`);
    digests.add(await downloadDigest(lab, "a", port, SIZE));
    expect([...digests]).toEqual([fileDigest(SIZE)]);
    expect(await inUse()).toBe(honest);
    const paths = (await lab.status("a")).clusterFlor!["paths"] as readonly PathRow[];
    const switches = paths.find(({ name }) => name === "auto.web.d")?.switches;
    expect(switches).toContainEqual(expect.objectContaining({ reason: "better_route" }));
    // The coordinator, to whom all links look the same, follows the word of the origin.
    await expect.poll(leased, PATIENCE).toEqual([honest, liar]);
  });
});
