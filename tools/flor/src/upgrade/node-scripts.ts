/** Scripts for `sh` on a node. Names in them come from package-folder.ts and node-state.ts, which take none that a shell reads otherwise. */
import type { NodeSockets } from "@florenetes/mesh-file";
import { nodeScript } from "../mesh-status/node-answer.ts";
import type { PackageFile } from "./package-folder.ts";

/** Root's folder on a node, for the packages of an upgrade that is under way. */
const FOLDER = "/var/cache/florenetes/upgrade";
const UNIT = "florenetes-upgrade.service";
/** This file of update-flor's is there while it installs a release, or goes back from one. */
const RELEASE_JOURNAL = "/var/lib/florenetes/update/journal.json";
/** Patterns of the units whose processes run our programs. Units that timers start run the new programs by themselves. */
const UNITS = [
  "link-flor.service",
  "cluster-flor@*.service",
  "fabric-flor@*.service",
  "vpn-flor@*.service",
  "control-flor@*.service",
  "store-flor@*.service",
  "florenetes-issuer@*.service",
  "florenetes-lists@*.service",
  "florenetes-lists-vertex@*.service",
];
/** Patterns of the units whose processes tell their versions by `status`, beside those of which a mesh file says where they answer. */
const TELLING_UNITS = ["fabric-flor@*.service", "vpn-flor@*.service", "control-flor@*.service", "store-flor@*.service"];
export const MARKS = {
  user: "--- user",
  packages: "--- packages",
  units: "--- units",
  told: "--- programs",
  running: "--- running",
  phase: "--- upgrade",
  cluster: "--- cluster",
} as const;

/** The packages that a node is to get, and those with which it goes back. */
export type Release = "wished" | "former";

/** The file on a node that a package of either release is copied to. */
export function placeOf(release: Release, { fileName }: Pick<PackageFile, "fileName">): string {
  return `${FOLDER}/${release}/${fileName}`;
}

/** Prints how far an upgrade of a node is; `readPhase` reads the output. Starts none of our programs, each of which takes a tenth of a second of CPU. */
export const PHASE_SCRIPT: string = [
  `echo '${MARKS.phase}'`,
  `echo $(systemctl is-active ${UNIT}) $(cat ${FOLDER}/phase 2>/dev/null)`,
  "",
].join("\n");

/**
 * Prints the packages, units, programs and statuses of a node, and how far an upgrade is; `readState` reads the output. Changes nothing.
 *
 * @param programs the installed programs that are to tell their versions, for which each is started, and with them all that run beside these; none: nothing
 *   tells a version
 */
export function stateScript(clusters: ReadonlyMap<string, NodeSockets>, programs: readonly string[]): string {
  const ask = ([cluster, sockets]: readonly [string, NodeSockets]): string[] => [
    `echo '${MARKS.cluster} ${cluster}'`,
    `(`,
    nodeScript(sockets),
    `)`,
  ];
  return [
    `echo '${MARKS.user}'`,
    "id -u",
    `echo '${MARKS.packages}'`,
    "dpkg-query --show --showformat='${Package} ${Version} ${db:Status-Status} ${db-fsys:Last-Modified}\\n' 'florenetes-*' 2>/dev/null",
    `echo '${MARKS.units}'`,
    `systemctl show --timestamp=unix --property=Id,ActiveState,ActiveEnterTimestamp ${UNITS.map((unit) => `'${unit}'`).join(" ")} </dev/null`,
    `echo '${MARKS.told}'`,
    ...programs.map((program) => `echo ${program} $(${program} --version </dev/null 2>/dev/null)`),
    ...(programs.length === 0 ? [] : [TELLING_SCRIPT]),
    `echo '${MARKS.running}'`,
    ...(programs.length === 0 ? [] : [RUNNING_SCRIPT]),
    PHASE_SCRIPT.trimEnd(),
    ...[...clusters].flatMap(ask),
    "exit 0",
    "",
  ].join("\n");
}

/** Notes the active units whose processes tell their versions, and prints those of their installed programs. */
const TELLING_SCRIPT = `
running=$(systemctl list-units --plain --no-legend --state=active ${TELLING_UNITS.map((unit) => `'${unit}'`).join(" ")} </dev/null | awk '{ print $1 }')
for program in $(printf '%s\\n' "$running" | sed 's/@.*//' | sort -u); do
  echo $program $($program --version </dev/null 2>/dev/null)
done
`.trim();
/** Prints the version that the process of each of these units tells in its status. */
const RUNNING_SCRIPT = `
for unit in $running; do
  program=\${unit%%@*}
  cluster=\${unit#*@}
  cluster=\${cluster%.service}
  echo "$unit" $($program status --config "/etc/florenetes/$cluster/$program.yaml" </dev/null 2>/dev/null |
    sed -n 's/^ *version \\(.*\\), instance .*/\\1/p' | head -n 1)
done
`.trim();

/** Makes the folders, and prints the digests of the files in it. Files that belong to neither release go away. */
export function folderScript(files: readonly string[]): string {
  const kept = files.map((file) => `! -path '${file}'`).join(" ");
  return `
set -e
umask 077
if systemctl --quiet is-active ${UNIT}; then echo 'another upgrade is under way' >&2; exit 1; fi
if [ -e ${RELEASE_JOURNAL} ]; then echo 'update-flor is installing a release' >&2; exit 1; fi
mkdir -p ${FOLDER}/wished ${FOLDER}/former
chown root: ${FOLDER}
find ${FOLDER} -type f ${kept} -delete
find ${FOLDER} -type f -exec sha256sum {} +
exit 0
`;
}

/** Checks the files that were copied, and by apt that their packages need nothing that the machine does not have. */
export function checkScript(files: ReadonlyMap<string, PackageFile>): string {
  const digests = [...files].map(([place, { digest }]) => `${digest}  ${place}`);
  const names = [...files].map(
    ([place, { name, version }]) =>
      `[ "$(dpkg-deb --show --showformat='\${Package} \${Version}' ${place})" = '${name} ${version}' ] || say '${place} is another package'`,
  );
  return `
say() { echo "$1" >&2; exit 1; }
sha256sum --check --quiet --strict <<'END' >&2 || exit
${digests.join("\n")}
END
${names.join("\n")}
told=$(apt-get --simulate --no-remove --allow-downgrades install ${FOLDER}/wished/*.deb </dev/null) ||
  say "the packages cannot be installed: $(echo "$told" | grep Depends)"
others=$(echo "$told" | awk '$1 == "Inst" && $2 !~ /^florenetes-/ { print $2 }')
[ -z "$others" ] || say "the packages need others, which have to be installed first: $(echo $others)"
exit 0
`;
}

/**
 * Has systemd carry out the upgrade, so that it outlives the connection by which it was ordered. A node on which an upgrade is not confirmed in
 * time goes back by itself.
 */
export function beginScript(units: readonly string[], confirmSeconds: number): string {
  return `
set -e
cd ${FOLDER}
rm -f phase log confirmed refused
cat > upgrade.sh <<'END'
cd ${FOLDER} || exit
export DEBIAN_FRONTEND=noninteractive
exec >log 2>&1 </dev/null
tell() { echo "$1" >phase.new && mv phase.new phase; }
# Another program may have dpkg's lock for a while.
install() {
  tries=0
  until dpkg --force-confdef --force-confold --install "$@" >dpkg.log 2>&1; do
    cat dpkg.log
    grep -q 'lock was locked' dpkg.log && [ $tries -lt 60 ] || return 1
    tries=$((tries + 1))
    sleep 2
  done
  cat dpkg.log
}
# A unit that has failed often may be started all the same.
put() {
  install "$1"/*.deb || return 1
  systemctl daemon-reload
  systemctl reset-failed ${units.join(" ")} 2>/dev/null
  systemctl restart ${units.join(" ")}
}
back() {
  if put former; then tell returned; else tell lost; fi
  exit
}
put wished || back
tell installed
waited=0
until [ -e confirmed ]; do
  if [ -e refused ] || [ $waited -ge ${confirmSeconds} ]; then back; fi
  sleep 1
  waited=$((waited + 1))
done
tell confirmed
END
echo begun >phase
systemd-run --quiet --collect --unit=${UNIT} sh ${FOLDER}/upgrade.sh
exit 0
`;
}

/** Says to the upgrade on a node that it holds, or that the node is to go back. */
export function verdictScript(verdict: "confirmed" | "refused"): string {
  return `: >${FOLDER}/${verdict}\nexit\n`;
}

/** Prints the end of an upgrade's log. */
export function logScript(lines: number): string {
  return `tail -n ${lines} ${FOLDER}/log\nexit 0\n`;
}

/** Removes the folder. */
export const CLEAN_SCRIPT: string = `rm -rf ${FOLDER}\nrmdir ${FOLDER.slice(0, FOLDER.lastIndexOf("/"))} 2>/dev/null\nexit 0\n`;
