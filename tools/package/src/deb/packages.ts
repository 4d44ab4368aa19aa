import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { HelpFile } from "../help/help-file.ts";
import { DOCUMENTS } from "../manual/manual-files.ts";
import { monitoringFiles } from "../monitoring/monitoring-files.ts";
import { sourceOf, type SystemFile, SYSTEM_FILES } from "../system-files.ts";
import { CURRENT, PROGRAMS, type Release, type ReleaseFile, SITE } from "../release.ts";
import { compressed } from "./build-package.ts";
import { type Notice, noticesText } from "./copyright.ts";
import type { DebianPackage, PackageFile, ScriptName } from "./package-file.ts";

/** Programs find each other, add-ons and documents from here, by the places that they have in a checkout. */
const LIBRARY = "usr/lib/florenetes";
const SHARED = "usr/share/florenetes";

/** The paths in a release of what each package has; a file is in the first package that has its path. */
const PARTS: ReadonlyMap<string, readonly RegExp[]> = new Map([
  ["florenetes-runtime", [/^bin\/node$/]],
  ["florenetes-node", [/^apps\/(?:link|cluster)-flor\//, /^packages\/data-plane\//, /^node_modules\/@matrixai\//]],
  ["florenetes-fabric", [/^apps\/fabric-flor\//]],
  ["florenetes-vpn", [/^apps\/vpn-flor\//]],
  ["florenetes-control", [/^apps\/control-flor\//]],
  ["florenetes-store", [/^apps\/store-flor\//]],
  ["florenetes-update", [/^apps\/update-flor\//]],
  // All that is left is used by each of the programs.
  ["florenetes-tools", [/^(?!bin\/|docs\/|docs-site\/|LICENSE$)/]],
]);
const PROGRAMS_OF: ReadonlyMap<string, readonly string[]> = new Map([
  ["florenetes-node", ["link-flor", "cluster-flor"]],
  ["florenetes-fabric", ["fabric-flor"]],
  ["florenetes-vpn", ["vpn-flor"]],
  ["florenetes-control", ["control-flor"]],
  ["florenetes-store", ["store-flor"]],
  ["florenetes-update", ["update-flor"]],
  ["florenetes-tools", ["flor"]],
]);
/** Files that no program reads: maps, which are the larger half of a program; licences, which are in the documents of each package; and the settings,
 *  tests and commands of those who wrote the packages of npm. */
const LEFT_OUT =
  /\.map$|\/licenses\.txt$|^node_modules\/.*(?:\.md$|\/\.[^/]|\/(?:tests?|examples?|benchmarks?|docs)\/|\/bin\.js$)/;
/** First line of a main module, for those who start it by itself. */
const INTERPRETER = /^#!.*/;
const NATIVE = /(?:^bin\/node|\.node)$/;

/** The release, the texts that go with it, and the versions of what is made. */
export interface PackagePlan {
  readonly checkout: string;
  readonly release: Release;
  readonly version: string;
  /** Version of Node, and of the package with it, which stays the same while ours change. */
  readonly nodeVersion: string;
  /** Text of `copyright`, by the name of the package. */
  readonly copyright: (name: string) => string;
  /** Parts that others wrote in a package, by its name. */
  readonly notices: (name: string) => readonly Notice[];
  /** Pages of the manual and completions of shells, by the name of a program. */
  readonly help: (program: string) => readonly HelpFile[];
  /** The bill of materials, compressed. */
  readonly billOfMaterials: Uint8Array;
}

/** The packages, in an order in which they can be installed. */
export function debianPackages(plan: PackagePlan): readonly DebianPackage[] {
  return [
    runtimePackage(plan),
    toolsPackage(plan),
    nodePackage(plan),
    fabricPackage(plan),
    vpnPackage(plan),
    controlPackage(plan),
    storePackage(plan),
    updatePackage(plan),
  ];
}

function runtimePackage(plan: PackagePlan): DebianPackage {
  return packageOf(plan, {
    name: "florenetes-runtime",
    version: plan.nodeVersion,
    summary: "Node.js for the programs of Florenetes",
    description: [
      "The version of Node.js that the programs of Florenetes are built and",
      "tested with. It is in a folder of its own: a Node.js of the machine is",
      "neither used nor changed.",
    ],
    depends: [],
    overrides: [
      "# Node.js is as its project has built it: with the zlib that it pins, and for one place in memory.",
      "florenetes-runtime: embedded-library zlib [usr/lib/florenetes/bin/node]",
      "florenetes-runtime: hardening-no-pie [usr/lib/florenetes/bin/node]",
    ],
  });
}

function toolsPackage(plan: PackagePlan): DebianPackage {
  const documents = plan.release.files
    .filter(({ path }) => path.startsWith("docs/") || path.startsWith(`${SITE}/`))
    .map(({ path, content }) => ({ path: join(SHARED, path), content }));
  return packageOf(plan, {
    name: "florenetes-tools",
    version: plan.version,
    summary: "command line and documents of the Florenetes service mesh",
    description: [
      "Certificates, mesh files, records of the fabric, and what a mesh is",
      "doing: flor is the command line of those who run a mesh. The documents",
      "of the whole project are in it, alert rules for Prometheus, a dashboard",
      "for Grafana, and what the programs on nodes have in common.",
    ],
    depends: [`florenetes-runtime (= ${plan.nodeVersion})`],
    more: [
      ...documents,
      ...monitoringFiles(plan.checkout).map(({ path, content }) => ({ path: join(SHARED, path), content })),
      // flor finds the documents from its own place, as in a checkout.
      { path: `${LIBRARY}/docs`, content: { linkTo: "../../share/florenetes/docs" } },
      { path: `${LIBRARY}/${SITE}`, content: { linkTo: `../../share/florenetes/${SITE}` } },
      { path: "usr/share/doc/florenetes-tools/docs", content: { linkTo: "../../florenetes/docs" } },
      { path: "usr/share/doc/florenetes-tools/florenetes.cdx.json.gz", content: { octets: plan.billOfMaterials } },
    ],
  });
}

function nodePackage(plan: PackagePlan): DebianPackage {
  return packageOf(plan, {
    name: "florenetes-node",
    version: plan.version,
    summary: "node of the Florenetes service mesh, encrypted over several hops",
    description: [
      "Florenetes carries connections of workloads over paths of several hops,",
      "encrypted from end to end, between machines that cannot all reach each",
      "other. A node runs link-flor, which keeps the links to its neighbours,",
      "and cluster-flor for each cluster, which has tunnels and services.",
    ],
    depends: [
      `florenetes-runtime (= ${plan.nodeVersion})`,
      `florenetes-tools (= ${plan.version})`,
      "systemd | systemd-standalone-sysusers",
      "systemd | systemd-standalone-tmpfiles",
    ],
  });
}

function fabricPackage(plan: PackagePlan): DebianPackage {
  return packageOf(plan, {
    name: "florenetes-fabric",
    version: plan.version,
    summary: "agent of the distributed fabric above the Florenetes service mesh",
    description: [
      "Agents agree with each other on signed records, lease routes that are",
      "replaced when a node dies, and find services by name. An agent is",
      "optional: a node with paths that were written by hand goes on without",
      "it.",
    ],
    depends: [`florenetes-node (= ${plan.version})`],
  });
}

function vpnPackage(plan: PackagePlan): DebianPackage {
  return packageOf(plan, {
    name: "florenetes-vpn",
    version: plan.version,
    summary: "VPN over the Florenetes service mesh",
    description: [
      "Packets of a machine go over the mesh to an egress that is found by",
      "name, and replaced by another one when it dies; or the machine is an",
      "egress itself. While there is none, a kill switch keeps the networks",
      "behind it shut.",
    ],
    depends: [`florenetes-node (= ${plan.version})`, "iproute2"],
    // An egress alone needs it.
    recommends: ["nftables"],
  });
}

function controlPackage(plan: PackagePlan): DebianPackage {
  return packageOf(plan, {
    name: "florenetes-control",
    version: plan.version,
    summary: "HTTP API of a whole fabric of the Florenetes service mesh",
    description: [
      "Answers over the mesh which nodes, services and routes there are, what",
      "is wrong and what to do, to whom its config names. It asks the agent of",
      "its node, and any number of nodes may have it: losing one loses",
      "nothing, and no other program needs it.",
    ],
    depends: [`florenetes-fabric (= ${plan.version})`],
  });
}

function storePackage(plan: PackagePlan): DebianPackage {
  return packageOf(plan, {
    name: "florenetes-store",
    version: plan.version,
    summary: "store of packages and of sealed objects for a Florenetes service mesh",
    description: [
      "Hands the packages of a repository to nodes over the mesh, or keeps",
      "those that were asked for near to nodes that are far from the store.",
      "Or it holds sealed objects with other nodes, in several copies, and",
      "brings backups of restic to these. Whoever reads verifies all that it",
      "gets: a store is not trusted.",
    ],
    depends: [`florenetes-node (= ${plan.version})`],
  });
}

function updatePackage(plan: PackagePlan): DebianPackage {
  return packageOf(plan, {
    name: "florenetes-update",
    version: plan.version,
    summary: "updates of a node of the Florenetes service mesh",
    description: [
      "Installs the release that the people who run a fabric have signed, once",
      "the agent of the node has fetched it, and brings back the packages of",
      "before where the node is not whole with the new ones.",
    ],
    depends: [`florenetes-fabric (= ${plan.version})`],
  });
}

interface Described extends Omit<DebianPackage, "files" | "scripts"> {
  /** Findings of lintian that are right and stay, below a line with the reason. */
  readonly overrides?: readonly string[];
  readonly more?: readonly PackageFile[];
}

function packageOf(plan: PackagePlan, described: Described): DebianPackage {
  const { name, version, summary, description, depends, recommends, more = [], overrides = [] } = described;
  const programs = PROGRAMS_OF.get(name) ?? [];
  return {
    name,
    version,
    summary,
    description,
    depends,
    recommends,
    files: [
      ...plan.release.files.filter((file) => packageWith(file) === name).map(libraryFile),
      ...SYSTEM_FILES.filter(({ program }) => programs.includes(program)).map((file) => systemFile(plan, name, file)),
      ...programs.flatMap((program) => [starter(program), ...plan.help(program).map(helpFile)]),
      ...(overrides.length === 0
        ? []
        : [{ path: `usr/share/lintian/overrides/${name}`, content: { text: `${overrides.join("\n")}\n` } }]),
      { path: `usr/share/doc/${name}/copyright`, content: { text: plan.copyright(name) } },
      {
        path: `usr/share/doc/${name}/third-party.gz`,
        content: { octets: compressed(noticesText(plan.notices(name))) },
      },
      ...more,
    ],
    scripts: scriptsOf(plan.checkout, name),
  };
}

/** Says whether a program reads a file of a release. */
export function isRead(path: string): boolean {
  return !LEFT_OUT.test(path);
}

/** Says whether a file of a release is native code. */
export function isNative(path: string): boolean {
  return NATIVE.test(path);
}

function packageWith({ path }: ReleaseFile): string | undefined {
  if (!isRead(path)) return undefined;
  return [...PARTS].find(([, patterns]) => patterns.some((pattern) => pattern.test(path)))?.[0];
}

function libraryFile({ path, content, isExecutable }: ReleaseFile): PackageFile {
  const placed = { path: join(LIBRARY, path), content, isExecutable, isElf: isNative(path) };
  if (!path.endsWith("/dist/main.js") || !("copyOf" in content)) return placed;
  const text = readFileSync(content.copyOf, "utf8").replace(INTERPRETER, "");
  return { ...placed, content: { text } };
}

/** A script that runs a program with the Node of `florenetes-runtime`, whatever the machine has. */
function starter(name: string): PackageFile {
  const main = `/${LIBRARY}/${PROGRAMS.get(name)!}/dist/main.js`;
  const text = `#!/bin/sh\nexec /${LIBRARY}/bin/node --disable-sigusr1 ${main} "$@"\n`;
  return { path: `usr/bin/${name}`, isExecutable: true, content: { text } };
}

/** Pages of the manual are compressed, as Debian wants it. */
function helpFile({ path, text }: HelpFile): PackageFile {
  if (!path.startsWith("usr/share/man/")) return { path, content: { text } };
  return { path: `${path}.gz`, content: { octets: compressed(text) } };
}

/** A unit names programs and documents in the places of packages; all else is as it is in the checkout. */
function systemFile({ checkout }: PackagePlan, packageName: string, file: SystemFile): PackageFile {
  const places = {
    unit: "lib/systemd/system",
    users: "usr/lib/sysusers.d",
    folders: "usr/lib/tmpfiles.d",
    example: `usr/share/doc/${packageName}/examples`,
  };
  const path = join(places[file.kind], file.name);
  const copyOf = sourceOf(checkout, file);
  if (file.kind !== "unit") return { path, content: { copyOf } };
  const text = readFileSync(copyOf, "utf8")
    .replaceAll(`${CURRENT}/bin/`, "/usr/bin/")
    .replaceAll(`file:${CURRENT}/docs/`, `file:${DOCUMENTS}/`);
  return { path, content: { text } };
}

function scriptsOf(checkout: string, name: string): ReadonlyMap<ScriptName, string> {
  const names: readonly ScriptName[] = ["postinst", "prerm", "postrm"];
  const files = names.map((script) => [script, join(checkout, "tools/package/scripts", `${name}.${script}`)] as const);
  return new Map(
    files.filter(([, file]) => existsSync(file)).map(([script, file]) => [script, readFileSync(file, "utf8")]),
  );
}
