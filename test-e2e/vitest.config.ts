import { existsSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, mergeConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import shared from "../vitest.config.ts";

const isSoak = Boolean(process.env["FLORENETES_SOAK"]);

/** Scenarios that need nothing that a neighbour could take from them, such as time. They wait for most of theirs, so several run at a time. */
const patient = [
  "access-log",
  "attack-local",
  "attack-neighbour",
  "bad-input-*",
  "bounded-files",
  "classes",
  "connect-wait",
  "console",
  "control-api",
  "control-captured",
  "control-https",
  "control-log",
  "control-replicas",
  "data-sessions",
  "datagram-programs",
  "datagrams",
  "demo",
  "demo-fleet",
  "engines",
  "expiry",
  "fabric-agents",
  "fabric-budgets",
  "fabric-collections",
  "fabric-console",
  "fabric-crowded",
  "fabric-door",
  "fabric-exchanged",
  "fabric-fleet",
  "fabric-failover",
  "fabric-joins-itself",
  "fabric-keys",
  "fabric-ladder",
  "fabric-leaders",
  "fabric-links",
  "fabric-lying-relay",
  "fabric-mail",
  "fabric-majority",
  "fabric-nat",
  "fabric-neighbours",
  "fabric-orders",
  "fabric-orders-rejoin",
  "fabric-organizations",
  "fabric-permits",
  "fabric-places",
  "fabric-proofs",
  "fabric-routes",
  "fabric-services",
  "fabric-shares",
  "fabric-tokens",
  "fabric-usage",
  "fabric-treason",
  "fabric-voids",
  "fair-shares",
  "fake-link-vertex",
  "first-change",
  "fleet-releases",
  "fleetload",
  "foreign-authority",
  "identity-kinds",
  "issuer",
  "issuer-door",
  "issuer-ended",
  "issuer-fleet",
  "issuer-lives",
  "issuer-two",
  "judged-peers",
  "keep",
  "key-memory",
  "leak-in-between",
  "link-serial",
  "link-tls",
  "link-vertex-init",
  "lost-lists",
  "lying-vertex",
  "marked-flood",
  "mass-connections",
  "mesh-apply",
  "mesh-apply-ssh",
  "mesh-file-agents",
  "mesh-status",
  "mesh-upgrade",
  "metrics",
  "metrics-over-tcp",
  "metrics-scraped",
  "mixed-links",
  "mixed-programs",
  "named-faults",
  "offloaded-transit",
  "otlp-traces",
  "own-services",
  "parallel-links",
  "paths",
  "portal-rooms*",
  "pressure",
  "programs",
  "qlog",
  "rate",
  "recursion",
  "releases-*",
  "reload",
  "reload-links",
  "reload-programs",
  "renewal",
  "restart",
  "restart-of-an-end",
  "revocation-lists",
  "roles",
  "secrets",
  "signals-*",
  "sim-ledger",
  "sim-workloads",
  "soak",
  "static-lsp",
  "storage",
  "storage-kept",
  "storage-records",
  "switching",
  "systemd",
  "systemd-clusters",
  "systemd-fabric",
  "systemd-renewal",
  "systemd-vpn",
  "texts-of-others",
  "told-principals",
  "trace",
  "two-clusters",
  "update-*",
  "vertex-kit*",
  "vpn",
  "vpn-fabric",
  "vpn-names",
  "wireguard-link",
];

/** The hostile file asks for counts and memory of its own processes, and for no time; its attacks run beside each other, and beside patient ones. */
const hostile = "attack-hostile";

/** Computing files wait only for a compiler, and take the time that others leave of the machine: `npm test` runs them beside all the rest. */
const computing = [
  "native-*",
  "sim-directory",
  "sim-fabric",
  "sim-facts",
  "sim-meshes",
  "sim-meshes-large",
  "sim-meshes-native",
];
const others = [...patient, hostile, ...computing].join("|");

/** Files that only `npm run soak` runs: each takes minutes of a machine whose time `npm test` has to share out. */
const onlyInSoak = ["fleet-releases", "mesh-upgrade", "mixed-programs"];
const leftOut = isSoak ? [] : [`test/@(${onlyInSoak.join("|")}).test.ts`];
// A program that only looks at the config runs nothing.
const isRun = process.env["VITEST"] !== undefined;
if (!isSoak && isRun) process.stdout.write(`left out: ${onlyInSoak.join(", ")} (only \`npm run soak\` has the time)\n`);

/** Files that run a second time, over the portable engine: what a mesh is for. All files run over what `auto` takes: the native engine, where it is
 *  built. */
const portableInSoak = [
  "access-log",
  "data-sessions",
  "fair-shares",
  "leak-in-between",
  "marked-flood",
  "mass-connections",
  "mixed-programs",
  "recursion",
  "reload",
  "restart",
  "trace",
  "wireguard-link",
];
const portableToo = {
  // Engines and sockets take part in most of these files.
  patient: [
    "connect-wait",
    "datagrams",
    "fabric-voids",
    "parallel-links",
    "restart-of-an-end",
    ...(isSoak ? portableInSoak : []),
  ],
  alone: ["quiet-links", "restart-unnoticed"],
};
const addOn = fileURLToPath(new URL("../packages/data-plane/addon/florenetes-data-plane.node", import.meta.url));
const hasNative = existsSync(addOn);
if (!hasNative && isRun)
  process.stdout.write("every test runs over the portable engine, as the add-on of the native one is not built\n");
/** `FLORENETES_ENGINE` of the caller overrules all of it. */
const runsTwice = hasNative && !process.env["FLORENETES_ENGINE"];

/** By far the longest files that run beside others, the longest last: they begin first, so that no run waits for one of them alone at the end. */
const longest = [
  "switching",
  "fabric-permits",
  "vpn-fabric",
  "metrics-scraped",
  "fake-link-vertex",
  "trace",
  "soak",
  "link-serial",
  "fabric-neighbours",
  "systemd",
  "programs",
  "link-vertex-init",
  "mixed-programs",
  "demo",
  "vertex-kit-cluster",
  "vertex-kit",
  "mesh-apply",
  "mesh-upgrade",
  "update-flor",
  hostile,
  "fleet-releases",
  "storage",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => longest.indexOf(basename(moduleId, ".test.ts"));
    return (await super.sort(files)).toSorted((a, b) => rank(b) - rank(a));
  }
}

/** With more of them two cores are busy for so long that members of etcd lose their leader. */
const SCENARIOS_AT_ONCE = 4;
const overProcesses = {
  testTimeout: 120_000,
  hookTimeout: 120_000,
  globalSetup: "../vitest.programs.ts",
};
/** A worker takes file after file: no test changes or measures its process, and to load the sources for each file costs most of a second. */
const severalAtATime = {
  ...overProcesses,
  isolate: false,
  maxWorkers: SCENARIOS_AT_ONCE,
  sequence: { groupOrder: 1 },
};
const alone = { ...overProcesses, fileParallelism: false, sequence: { groupOrder: 2 } };
const env = { FLORENETES_ENGINE: "portable" };

/** Real meshes on two cores. All other files count milliseconds, or what only a quiet machine can do: each has the machine for itself, but for computations
 *  that give way to everybody. */
export default mergeConfig(
  shared,
  defineConfig({
    test: {
      sequence: { sequencer: LongestFirst },
      projects: [
        {
          extends: true,
          test: {
            name: "several at a time",
            exclude: [`test/!(@(${patient.join("|")}).test).ts`, ...leftOut],
            ...severalAtATime,
          },
        },
        {
          extends: true,
          test: {
            name: "attacks",
            exclude: [`test/!(${hostile}).test.ts`],
            ...severalAtATime,
            maxConcurrency: 3,
          },
        },
        {
          extends: true,
          test: {
            name: "simulated meshes",
            exclude: [`test/!(${computing.join("|")}).test.ts`],
            maxWorkers: 3,
            testTimeout: 600_000,
            sequence: { groupOrder: 3 },
          },
        },
        {
          extends: true,
          test: {
            name: "alone",
            exclude: [`test/@(${others}).test.ts`, ...leftOut],
            ...alone,
          },
        },
        ...(runsTwice
          ? [
              {
                extends: true,
                test: {
                  name: "several at a time, portable",
                  exclude: [`test/!(@(${portableToo.patient.join("|")}).test).ts`],
                  ...severalAtATime,
                  env,
                },
              },
              {
                extends: true,
                test: {
                  name: "alone, portable",
                  exclude: [`test/!(@(${portableToo.alone.join("|")}).test).ts`],
                  ...alone,
                  env,
                },
              },
            ]
          : []),
      ],
    },
  }),
);
