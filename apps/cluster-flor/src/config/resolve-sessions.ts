import { parseDuration, parseStreamAddress } from "@florenetes/config-file";
import type { KeyPath } from "@florenetes/config-file";
import { accountsFor } from "@florenetes/process-kit";
import type { AllowedWorkloads, ClusterConfig } from "./cluster-config.ts";
import { type ClusterDocument, indexOfPath, problem } from "./config-problems.ts";
import { checkFarService } from "./resolve-services.ts";
import type { SessionSection } from "./schema.ts";
import { resolveMode, resolveOwner } from "./socket-files.ts";

const GROUP_PREFIX = "group:";

export function resolveSessions(document: ClusterDocument): ClusterConfig["sessions"] {
  const { sessions } = document.value;
  return sessions.map((section, index) => {
    const at = ["sessions", index];
    const address = parseStreamAddress(section.listen);
    const owner = resolveOwner(document, [...at, "owner"], section.owner);
    return {
      name: section.listen,
      listen: document.resolvePath(address?.kind === "unix" ? address.path : ""),
      mode: resolveMode(document, [...at, "mode"], section.mode),
      owner,
      as: document.resolvePath(section.as),
      allow: resolveAllow(document, [...at, "allow"], section, owner),
      services: Object.entries(section.services).map(([name, { path: pathName, service = name, keep, ...rest }]) => {
        const inService = [...at, "services", name];
        const path = indexOfPath(document, [...inService, "path"], pathName);
        if (path !== undefined && path !== -1) checkFarService(document, inService, { service, path: pathName });
        return {
          name,
          service,
          path,
          keepMs: parseDuration(keep)!,
          connectWaitMs: parseDuration(rest["connect-wait"]),
        };
      }),
      sessionsMax: section["max-sessions"],
      streamsMax: section["max-streams"],
    };
  });
}

/** The default without a list: this process's own user, root, and the owner of the socket. */
function resolveAllow(
  document: ClusterDocument,
  at: KeyPath,
  { allow }: SessionSection,
  owner: { readonly uid: number } | undefined,
): AllowedWorkloads {
  if (allow === undefined) {
    const own = process.geteuid!();
    return { users: [...new Set([own, 0, owner?.uid ?? own])], groups: [] };
  }
  const accounts = accountsFor(document);
  const users = new Set<number>();
  const groups = new Set<number>();
  for (const [index, entry] of allow.entries()) {
    const text = String(entry);
    const isGroup = text.startsWith(GROUP_PREFIX);
    const name = isGroup ? text.slice(GROUP_PREFIX.length) : text;
    const found = isGroup ? accounts.findGroup(name) : accounts.findUser(name);
    if (found === undefined) reportUnknown(document, [...at, index], name, isGroup);
    else (isGroup ? groups : users).add(found);
  }
  return { users: [...users], groups: [...groups] };
}

function reportUnknown(document: ClusterDocument, at: KeyPath, name: string, isGroup: boolean): void {
  const message = `this machine knows no ${isGroup ? "group" : "user"} "${name}"`;
  const isOther = !isGroup && accountsFor(document).findGroup(name) !== undefined;
  const advice = isOther
    ? `There is a group of that name: write "${GROUP_PREFIX}${name}".`
    : 'Users by name or number, groups as "group:mesh" or "group:1000".';
  problem(document, at, "ERR_CONFIG_OWNER", message, advice);
}
