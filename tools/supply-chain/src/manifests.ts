/** Checks that all that is installed has one version, and one content. */
import { z } from "zod";

const manifestSchema = z.object({
  packageManager: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});
const workspaceSchema = z.object({
  catalog: z.record(z.string(), z.string()).default({}),
  allowBuilds: z.record(z.string(), z.boolean()).default({}),
});
const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ resolution: z.object({ integrity: z.string().optional() }) })),
});
const npmLockSchema = z.object({
  packages: z.record(z.string(), z.object({ version: z.string().optional(), integrity: z.string().optional() })),
});

const exact = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;
const strong = /^sha512-[A-Za-z0-9+/]{86}==$/;

/** Dependencies of a manifest whose version is not fixed. */
export function findRanges(file: string, manifest: unknown): string[] {
  const { dependencies, devDependencies, optionalDependencies, packageManager } = manifestSchema.parse(manifest);
  const all = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies });
  const faults = all
    .filter(([, version]) => version !== "workspace:*" && version !== "catalog:" && !exact.test(version))
    .map(([name, version]) => `${file}: ${name} is "${version}", no exact version`);
  const tool = packageManager?.replace(/^pnpm@/, "");
  return tool === undefined || exact.test(tool) ? faults : [...faults, `${file}: packageManager is no exact version`];
}

/** Faults of the catalog, and packages whose scripts would run at an install. */
export function findWorkspaceFaults(workspace: unknown): string[] {
  const { catalog, allowBuilds } = workspaceSchema.parse(workspace);
  const builds = Object.keys(allowBuilds).filter((name) => allowBuilds[name] === true);
  return [
    ...findRanges("pnpm-workspace.yaml", { dependencies: catalog }),
    ...builds.map((name) => `pnpm-workspace.yaml: scripts of ${name} run at every install`),
  ];
}

/** Packages of pnpm's lock whose content is not pinned by a SHA-512. */
export function findUnpinned(lock: unknown): string[] {
  return Object.entries(lockSchema.parse(lock).packages)
    .filter(([, { resolution }]) => !strong.test(resolution.integrity ?? ""))
    .map(([name]) => `pnpm-lock.yaml: ${name} is pinned by no SHA-512`);
}

/** Tools that are not pinned in npm's lock, from which the toolchain is installed. */
export function findUnpinnedTools(file: string, lock: unknown): string[] {
  return Object.entries(npmLockSchema.parse(lock).packages)
    .filter(([path, { integrity }]) => path !== "" && !strong.test(integrity ?? ""))
    .map(([path]) => `${file}: ${path} is pinned by no SHA-512`);
}
