import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { sweepDeadLabs } from "@florenetes/meshlab";
import type { Extent } from "./attack.ts";
import { ATTACKS } from "./attacks.ts";
import { fail, readOptions } from "./command-line.ts";
import type { Vertices } from "./ground.ts";
import { USUAL_MESH } from "./mesh.ts";
import { findPython, installPython } from "./python.ts";
import { outcomeTable, outcomeText } from "./table.ts";
import { observeTwin, type Outcome, tryAttack, type Twin } from "./trial.ts";

const options = readOptions();
if (options.list)
  for (const attack of ATTACKS) say(`${attack.name} (${attack.by}): ${attack.description} Held: ${attack.held}`);
else if (options.install) installPython();
else await attackAll();

async function attackAll(): Promise<void> {
  if (process.getuid?.() !== 0) fail("the attacks need network namespaces: run it as root");
  if (findPython() === undefined) fail("aioquic is not installed: npm run hostile -- --install");
  await sweepDeadLabs();
  const extent: Extent = { isShort: options.quick };
  const vertices = options.checkout === undefined ? undefined : verticesOf(options.checkout);
  const wanted = options.only?.split(",");
  const twins = new Map<unknown, Twin>();
  const outcomes: Outcome[] = [];
  for (const attack of ATTACKS.filter(({ name }) => wanted === undefined || wanted.includes(name))) {
    const mesh = attack.mesh ?? USUAL_MESH;
    if (!twins.has(mesh)) twins.set(mesh, await observeTwin(mesh, extent, vertices));
    say(`${attack.name}: ${attack.description}`);
    try {
      const outcome = await tryAttack(attack, extent, twins.get(mesh)!, vertices);
      outcomes.push(outcome);
      say(`  ${outcomeText(outcome)}`);
    } catch (error) {
      // The others are tried all the same.
      process.exitCode = 1;
      say(`  could not be made: ${(error as Error).message}`);
    }
  }
  mkdirSync(dirname(options.json), { recursive: true });
  writeFileSync(options.json, `${JSON.stringify({ takenAt: new Date().toISOString(), outcomes }, undefined, 2)}\n`);
  process.stdout.write(`${outcomeTable(outcomes)}All figures: ${options.json}\n`);
  if (outcomes.some(({ isHeld }) => !isHeld)) process.exitCode = 1;
}

function verticesOf(checkout: string): Vertices {
  const command = (name: string): string[] => [process.execPath, resolve(checkout, "apps", name, "dist/main.js")];
  return { linkVertex: command("link-flor"), clusterVertex: command("cluster-flor") };
}

function say(text: string): void {
  process.stderr.write(`hostile: ${text}\n`);
}
