import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { sweepDeadLabs } from "@florenetes/meshlab";
import { ATTACKS } from "./attacks.ts";
import { fail, readOptions } from "./command-line.ts";
import { fuzzFor } from "./fuzz.ts";
import type { Extent, Vertices } from "./ground.ts";
import { USUAL_MESH } from "./mesh.ts";
import { findPython, installPython } from "./python.ts";
import { publishTable } from "./publish.ts";
import { makeRun, readRun, ROOT, writeRun } from "./run.ts";
import { outcomeTable, outcomeText } from "./table.ts";
import { observeTwin, type Outcome, tryAttack, type Twin } from "./trial.ts";

const options = readOptions();
if (options.list)
  for (const { name, by, description, held, isByCommandAlone } of ATTACKS)
    say(`${name} (${by}${isByCommandAlone ? "; by this command alone" : ""}): ${description} Held: ${held}`);
else if (options.install) installPython();
else if (options.write) write();
else if (options.fuzz !== undefined) await fuzz(Number(options.fuzz));
else await attackAll();

function write(): void {
  if (!existsSync(options.json)) fail(`there is no ${options.json}: run npm run hostile first`);
  const document = join(ROOT, "docs/operate/security.md");
  writeFileSync(document, publishTable(readFileSync(document, "utf8"), readRun(options.json)));
}

async function prepare(): Promise<Vertices | undefined> {
  if (process.getuid?.() !== 0) fail("the attacks need network namespaces: run it as root");
  if (findPython() === undefined) fail("aioquic is not installed: npm run hostile -- --install");
  await sweepDeadLabs();
  return options.checkout === undefined ? undefined : verticesOf(options.checkout);
}

async function fuzz(seconds: number): Promise<void> {
  const wrong = await fuzzFor(seconds, Number(options.seed), say, await prepare());
  if (wrong === undefined) return;
  say(wrong);
  process.exitCode = 1;
}

async function attackAll(): Promise<void> {
  const vertices = await prepare();
  const extent: Extent = { isShort: options.quick };
  const wanted = options.only?.split(",");
  const twins = new Map<unknown, Twin>();
  const outcomes: Outcome[] = [];
  for (const attack of ATTACKS.filter(({ name }) => wanted === undefined || wanted.includes(name))) {
    const mesh = attack.mesh ?? USUAL_MESH;
    if (!twins.has(mesh)) twins.set(mesh, await observeTwin(attack, extent, vertices));
    say(`${attack.name}: ${attack.description}`);
    try {
      const outcome = await tryAttack(attack, extent, twins.get(mesh), vertices);
      outcomes.push(outcome);
      say(`  ${outcomeText(outcome)}`);
    } catch (error) {
      // The other attacks are tried all the same.
      process.exitCode = 1;
      say(`  could not be made: ${(error as Error).message}`);
    }
  }
  writeRun(options.json, makeRun(outcomes, options.quick, options.checkout ?? ROOT));
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
