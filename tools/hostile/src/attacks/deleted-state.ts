import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseShortPrincipal, type RevocationStatus } from "@florenetes/identity";
import { openCa } from "@florenetes/identity/authority";
import { type Lab, type ProcessName, requireLists } from "@florenetes/meshlab";
import type { Attack, Check } from "../attack.ts";
import { eventually } from "../eventually.ts";
import { service, SERVICE_PORT, USUAL_MESH } from "../mesh.ts";

const PROCESSES: readonly ProcessName[] = ["link-flor", "cluster-flor"];
/** The number of the list that revokes. */
const NEWER = "2";

/** Node b requires revocation lists, and loses those that it has kept. */
export const deletedState: Attack = {
  name: "deleted-state",
  by: "local user",
  description:
    "A neighbour of node b is revoked. Then b loses its state and finds an older list, which does not name him: first as out of a " +
    "backup of the state, then of the identities as well.",
  held: "he is refused both times, and both processes of b say that the list is older, or that the operator has to confirm it.",
  mesh: {
    ...USUAL_MESH,
    nodes: { a: {}, b: {}, m: {}, v: {} },
    links: [...USUAL_MESH.links!, { between: ["m", "b"] }],
    services: { ...USUAL_MESH.services, other: service("b", SERVICE_PORT) },
  },
  run: async ({ lab }) => {
    const ca = openCa(lab.caFolder);
    const older = ca.makeRevocationList().pem;
    await restarted(lab, () => {
      requireLists(lab, "b");
      bringList(lab, older);
    });
    const letIn = await eventually(async () => (await stateOfLink(lab, "b")) === "up");
    const newer = ca.revoke([{ principal: parseShortPrincipal("vertex/m", ca.authority.cluster) }]).list.pem;
    bringList(lab, newer);
    const out = await eventually(async () => (await stateOfLink(lab, "b")) !== "up");
    // The link ends before the list is on the disk, and the other process may still have to read it. A process that is killed before it
    // has kept the list would have nothing to lose.
    const kept = await eventually(async () => (await keptLists(lab)).every((number) => number === NEWER));
    const checks: Check[] = [
      {
        isHeld: letIn && out && kept,
        text: `m was ${letIn ? "" : "not "}let in before, and ${out ? "" : "not "}closed by a list that ${kept ? "both processes" : "not both processes"} kept`,
      },
    ];
    for (const [lost, code] of [
      ["the state", "ERR_IDENTITY_LIST_OLDER"],
      ["all memory", "ERR_IDENTITY_LIST_UNCONFIRMED"],
    ] as const) {
      await restarted(lab, () => {
        loseState(lab);
        if (lost === "all memory") forgetNumbers(lab);
        bringList(lab, older);
      });
      const refused = await eventually(async () => (await stateOfLink(lab, "m")) === "refused");
      const said = await refusals(lab);
      const isUp = (await stateOfLink(lab, "b")) === "up";
      const saying = said.filter((each) => each === code).length;
      checks.push({
        isHeld: refused && !isUp && saying === PROCESSES.length,
        text: `without ${lost}, ${saying} of ${PROCESSES.length} processes say ${code}, and m is ${isUp ? "up" : refused ? "refused" : "not told"}`,
      });
    }
    return { packets: 0, bytes: 0, checks };
  },
};

async function restarted(lab: Lab, change: () => void): Promise<void> {
  for (const process of PROCESSES) await lab.kill("b", process);
  change();
  for (const process of PROCESSES) lab.start("b", process);
  await lab.untilReady();
}

function bringList(lab: Lab, list: string): void {
  for (const folder of identities(lab)) writeFileSync(`${folder}/crl.pem`, list);
}

function forgetNumbers(lab: Lab): void {
  for (const folder of identities(lab)) rmSync(`${folder}/crl-numbers`, { force: true });
}

function identities(lab: Lab): string[] {
  return globSync(`${lab.identityFolder("b", "**")}/**/chain.pem`).map(dirname);
}

function loseState(lab: Lab): void {
  for (const process of PROCESSES) {
    const file = lab.configFile("b", process);
    const [, state = ""] = /^state: "?(.+?)"?$/m.exec(readFileSync(file, "utf8")) ?? [];
    if (!state.startsWith("/")) throw new Error(`${process} of b has no absolute state in its config`);
    rmSync(state, { recursive: true, force: true });
  }
}

/** The state of the link between b and m, as `node` reports it. */
async function stateOfLink(lab: Lab, node: "b" | "m"): Promise<string | undefined> {
  const { clusterFlor } = await lab.status(node);
  return clusterFlor?.links.find(({ peer }) => peer === (node === "b" ? "m" : "b"))?.state;
}

/** The code of the reason why each of b's processes refuses its list. */
async function refusals(lab: Lab): Promise<(string | undefined)[]> {
  return (await revocations(lab)).map((status) => status?.refused[0]?.code);
}

/** The number of the list that each of b's processes has in force and on disk. */
async function keptLists(lab: Lab): Promise<(string | undefined)[]> {
  return (await revocations(lab)).map((status) => status?.lists.find(({ isKept }) => isKept)?.number);
}

async function revocations(lab: Lab): Promise<(RevocationStatus | undefined)[]> {
  const { linkFlor, clusterFlor } = await lab.status("b");
  return [linkFlor?.clusters[0], clusterFlor].map(
    (status) => (status as unknown as { revocation: RevocationStatus } | undefined)?.revocation,
  );
}
