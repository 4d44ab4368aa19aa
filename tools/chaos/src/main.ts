import { writeFileSync } from "node:fs";
import { missingPrograms } from "@florenetes/workloads";
import { lackOfVpn, PYTHON } from "@florenetes/meshlab";
import { fail, readOptions } from "./command-line.ts";
import { runFleet } from "./fleet/run-fleet.ts";
import { FLEET_WORKLOADS } from "./fleet/workloads.ts";
import { runFabric } from "./fabric/run-fabric.ts";
import { FABRIC_WORKLOADS } from "./fabric/workloads.ts";
import { FABRIC_FAULT_KINDS, FAULT_KINDS, FLEET_FAULT_KINDS, VPN_FAULT_KINDS } from "./fault.ts";
import { LONG_MINUTES_MIN } from "./limits.ts";
import { sumUp, verdictLines } from "./report.ts";
import { possibleFaults, runChaos } from "./run.ts";
import { runVpn } from "./vpn/run-vpn.ts";
import { VPN_WORKLOADS } from "./vpn/workloads.ts";
import type { Workload } from "./workload.ts";
import { WORKLOADS } from "./workloads/workloads.ts";

/** The programs and files that the mesh itself needs. */
const NEEDED = {
  programs: ["ip", PYTHON[0], "/usr/lib/python3/dist-packages/yaml"],
  packages: "iproute2 python3-yaml",
};
/** The mesh with control agents needs these besides. */
const NEEDED_BY_FABRIC = { programs: ["etcd", "openssl"], packages: "etcd-server openssl" };
/** All that there is of each mesh. */
const MESHES = {
  hand: { workloads: WORKLOADS, kinds: FAULT_KINDS, run: runChaos, again: "chaos --" },
  fabric: { workloads: FABRIC_WORKLOADS, kinds: FABRIC_FAULT_KINDS, run: runFabric, again: "meshlab -- fabric" },
  vpn: { workloads: VPN_WORKLOADS, kinds: VPN_FAULT_KINDS, run: runVpn, again: "meshlab -- vpn" },
  fleet: { workloads: FLEET_WORKLOADS, kinds: FLEET_FAULT_KINDS, run: runFleet, again: "meshlab -- fleet" },
};
const EXIT_INTERRUPTED = 130;

const options = readOptions();
const { workloads: all, kinds: allKinds, run, again: command } = MESHES[options.mesh];
if (options.list) {
  for (const { name, ends, unit } of all) say(`workload ${name}: ${unit}, between ${ends.join(" and ")}`);
  say(`faults: ${allKinds.join(", ")}`);
} else await breakThings();

async function breakThings(): Promise<void> {
  if (process.getuid?.() !== 0) fail("the mesh needs network namespaces: run it as root");
  if (missingPrograms(NEEDED.programs).length > 0) fail(`the mesh needs more: apt install ${NEEDED.packages}`);
  if (options.mesh === "fabric" && missingPrograms(NEEDED_BY_FABRIC.programs).length > 0)
    fail(`the agents need more: apt install ${NEEDED_BY_FABRIC.packages}`);
  const lack = options.mesh === "vpn" ? lackOfVpn() : undefined;
  if (lack !== undefined) fail(`a VPN cannot run here: ${lack}`);
  if (options.mesh === "fleet" && missingPrograms(["nft"]).length > 0) fail("routers need more: apt install nftables");
  const wanted = wantedWorkloads();
  const workloads = wanted.filter(({ isSlow = false }) => !isSlow || options.minutes >= LONG_MINUTES_MIN);
  for (const { name } of wanted.filter((each) => !workloads.includes(each)))
    say(`left out: ${name} (runs of ${LONG_MINUTES_MIN} minute or more have it)`);
  const missing = workloads.filter(({ needs }) => missingPrograms(needs).length > 0);
  for (const { name, packages } of missing) say(`left out: ${name} (apt install ${packages.join(" ")})`);
  const impossible = options.mesh === "hand" ? FAULT_KINDS.filter((kind) => !possibleFaults().includes(kind)) : [];
  for (const kind of impossible) say(`left out: faults of the kind ${kind} (apt install libfaketime)`);
  const { seed, minutes, engine } = options;
  const ofEngine = engine === undefined ? "" : ` --engine ${engine}`;
  const again = `npm run ${command} --minutes ${minutes} --seed ${seed}${ofEngine}`;
  say(`seed ${seed}: ${minutes} minutes, ${workloads.length - missing.length} workloads`);
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => interrupt.abort());
  const judgements = await run({
    seed,
    minutes,
    workloads: workloads.filter((workload) => !missing.includes(workload)),
    environment: engine === undefined ? {} : { FLORENETES_ENGINE: engine },
    aborted: interrupt.signal,
    say,
  }).catch((error: unknown) => {
    if (interrupt.signal.aborted) return [];
    throw error;
  });
  if (interrupt.signal.aborted) {
    say(`interrupted; the same again: ${again}`);
    process.exitCode = EXIT_INTERRUPTED;
    return;
  }
  const sums = sumUp(judgements, missing.length + impossible.length);
  for (const line of verdictLines(judgements)) say(line);
  say(`the same again: ${again}`);
  say(`${sums.passed} passed, ${sums.failed} failed, ${sums.skipped} skipped`);
  if (options.sums !== undefined) writeFileSync(options.sums, JSON.stringify(sums));
  process.exitCode = sums.failed > 0 || sums.passed === 0 ? 1 : 0;
}

function wantedWorkloads(): readonly Workload[] {
  const { only } = options;
  const known = all.map(({ name }) => name);
  const unknown = only?.find((name) => !known.includes(name));
  if (unknown !== undefined) fail(`no workload is called "${unknown}"; there are ${known.join("; ")}`);
  // Steady workloads always run, since their pulses say when the mesh has recovered.
  return all.filter(
    ({ name }) => only === undefined || only.includes(name) || name.startsWith("steady") || name === "requests",
  );
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
