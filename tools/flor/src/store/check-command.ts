import { HolderError } from "@florenetes/blobs";
import type { CheckReport } from "@florenetes/blobs/client";
import { EXIT_CODES, foreignText, OperatorError, visibleJson } from "@florenetes/operator-text";
import { formatBytes, formatTable } from "@florenetes/process-kit";
import { readIdentities } from "./identity-file.ts";
import { FOUND_TOLD_MAX } from "./limits.ts";
import { manifestName, missingOf, readManifest } from "./manifest.ts";
import { Progress } from "./progress.ts";
import { withOperatorErrors } from "./store-error.ts";
import { type OpenCollection, openCollection, type StoreOptions, type StoreWorld } from "./store-world.ts";

const TEXT_LENGTH_MAX = 200;

export interface CheckCommandOptions extends StoreOptions {
  readonly readData?: true;
}

/** Compares what all holders have. Exit code 1: something is not as the record wants it. */
export async function checkObjects(
  collection: string,
  options: CheckCommandOptions,
  world: StoreWorld,
): Promise<number> {
  const identities = options.identity === undefined ? undefined : await readIdentities(options.identity);
  await using place = await openCollection(world, collection, options);
  const { signal } = new AbortController();
  const readData = options.readData === true;
  const { report, found } = await withOperatorErrors(async () => {
    using progress = new Progress(world.progress, "read");
    const onProgress = (done: number, all: number): void => progress.show(`${done} of ${all} shards`);
    const checked = await place.client.check({ readData, signal, onProgress });
    return {
      report: checked,
      found: [...faultsOf(checked), ...(await manifestFaults(place, checked, identities, signal))],
    };
  });
  if (options.json === true) world.output.out(visibleJson(JSON.stringify(jsonOf(report, found), undefined, 2)));
  else tell(place, report, found, world);
  return found.length === 0 ? EXIT_CODES.ok : EXIT_CODES.failed;
}

/** A sentence for each thing that is not as it should be. */
function* faultsOf({ holders, names, differing, short }: CheckReport): Generator<string> {
  for (const { node, state, fault, wrong } of holders) {
    if (fault !== undefined)
      yield `${node} has not answered all: ${foreignText(fault.message, TEXT_LENGTH_MAX)} (${fault.code})`;
    if (state?.isShut === true) yield `${node} takes nothing: it is shut out, or its record has ended`;
    if (wrong > 0) yield `${node} does not give ${wrong} of its shards as their names say`;
  }
  yield* bounded(
    names.map(({ name, others }) => `${name} is not the same at ${others.join(", ")}`),
    differing,
  );
  yield* bounded(
    short.map(({ hash, name, holders: having }) =>
      having.length === 0
        ? `the shard ${hash} of ${name} is nowhere`
        : `the shard ${hash} of ${name} is at ${having.join(", ")} alone`,
    ),
    short.length,
  );
}

function* bounded(lines: readonly string[], count: number): Generator<string> {
  yield* lines.slice(0, FOUND_TOLD_MAX);
  if (count > FOUND_TOLD_MAX) yield `and ${count - FOUND_TOLD_MAX} more`;
}

async function manifestFaults(
  { terms, client }: OpenCollection,
  { objects }: CheckReport,
  identities: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { manifest } = terms;
  if (manifest === undefined) return [];
  if (!objects.some(({ name }) => name === manifestName(manifest)))
    return [`the record's manifest ${manifest} is not there`];
  if (identities === undefined) return [];
  try {
    const missing = missingOf(await readManifest(client, manifest, identities, signal), objects);
    return [
      ...bounded(
        missing.map((name) => `${foreignText(name, TEXT_LENGTH_MAX)} is not there as the manifest says`),
        missing.length,
      ),
    ];
  } catch (error) {
    if (!(error instanceof HolderError || error instanceof OperatorError)) throw error;
    // Whatever a name has in the place of the manifest, all else that was found is told.
    const why = `${foreignText(error.message, TEXT_LENGTH_MAX)} (${error.code})`;
    return [`the record's manifest ${manifest} cannot be read: ${why}`];
  }
}

function tell(
  { name, terms }: OpenCollection,
  report: CheckReport,
  found: readonly string[],
  { output }: StoreWorld,
): void {
  const rows = report.holders.map(({ node, domain, state, has, wrong }) => [
    node,
    domain,
    state === undefined ? "no answer" : state.isShut ? "shut" : "open",
    state === undefined ? "-" : String(state.objects),
    String(has),
    String(wrong),
    state === undefined ? "-" : formatBytes(state.held),
  ]);
  output.out(
    formatTable(`holders of ${name}`, ["NODE", "DOMAIN", "STATE", "OBJECTS", "SHARDS", "WRONG", "HELD"], rows),
  );
  const octets = report.objects.reduce((sum, { shards }) => sum + shards.reduce((each, { size }) => each + size, 0), 0);
  const copies = Math.min(terms.copies, terms.holders.length);
  output.out(
    `${report.objects.length} objects, ${formatBytes(octets)} in ${report.shards} shards, each to be at ${copies} holders`,
  );
  for (const line of found) output.out(`wrong: ${line}`);
  output.out(found.length === 0 ? "all is there" : `${found.length} wrong`);
}

function jsonOf(report: CheckReport, found: readonly string[]): object {
  const holders = report.holders.map(({ fault, ...holder }) => ({
    ...holder,
    fault: fault?.code ?? null,
    state: holder.state ?? null,
  }));
  const { names, differing, shards, short } = report;
  return {
    isWhole: found.length === 0,
    found,
    holders,
    objects: report.objects.length,
    names,
    differing,
    shards,
    short: short.slice(0, FOUND_TOLD_MAX),
    lacking: short.length,
  };
}
