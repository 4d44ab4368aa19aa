import { expect } from "vitest";
import { PATIENCE } from "../patience.ts";
import type { SystemdMachine } from "./machine.ts";

const STATE = "/var/lib/florenetes/update";
const SPOOL = "/var/lib/florenetes/fabric-example/updates";
/** The place of the spool that `ReleaseAuthor` has made, on a machine. */
const MADE_SPOOL = "/srv/spool";
/** An update may take this long on a busy machine. */
const UPDATE_MS_MAX = 240_000;

/** The parts of `status.json` that tests look at. */
interface Status {
  readonly installed: { readonly version: string } | null;
  readonly failed: readonly string[];
  readonly kept: readonly string[];
  readonly underWay: { readonly phase: string } | null;
  readonly last: {
    readonly outcome: string;
    readonly code?: string;
    readonly message?: string;
    readonly at: number;
  } | null;
  readonly former?: { readonly version: string };
  readonly order?: { readonly outcome: string; readonly code?: string; readonly message?: string; readonly at: number };
}

/** The config of update-flor on a machine. */
export function updateConfig(node: string, fingerprint: string): string {
  return `cluster: example
node: ${node}
channel: stable
spool: ${SPOOL}
whole-within: 3min
root: ${fingerprint}
repository-root: repository-root.json
`;
}

/** Puts the release into the spool of a machine, as its agent does. @param change a script that changes it before it is ordered, in the spool's folder */
export async function order(machine: SystemdMachine, change = ":"): Promise<void> {
  await sh(
    machine,
    `mkdir -p ${SPOOL}
    rm -rf ${SPOOL}
    cp -r ${MADE_SPOOL} ${SPOOL}
    cd ${SPOOL}
    ${change}
    chown -R nobody .
    mv order.ready.json order.json`,
  );
}

/** Orders the release, and waits until update-flor has come to an end with it. */
export async function update(machine: SystemdMachine, change?: string): Promise<Status> {
  const before = (await statusOf(machine))?.last?.at;
  await order(machine, change);
  return untilSettled(machine, before);
}

/** Has people order a machine something, as its agent hands it over, and waits until update-flor has told what came of it. */
export async function orderByPeople(machine: SystemdMachine, action: "back" | "restart"): Promise<Status> {
  const before = (await statusOf(machine))?.order?.at;
  await sh(
    machine,
    `mkdir -p ${SPOOL}
    cd ${MADE_SPOOL}
    cp people-roots.fact ${SPOOL}/
    cp people.${action}.fact ${SPOOL}/people.fact
    cp people.${action}.json ${SPOOL}/people.next
    chown -R nobody ${SPOOL}
    mv ${SPOOL}/people.next ${SPOOL}/people.json`,
  );
  let status: Status | undefined;
  await expect
    .poll(
      async () => {
        status = await statusOf(machine);
        return status?.order !== undefined && status.order.at !== before && status.underWay === null;
      },
      { interval: 500, timeout: UPDATE_MS_MAX },
    )
    .toBe(true);
  await untilIdle(machine);
  return status!;
}

/** Waits for an end of an update that is told after another one. */
export async function untilSettled(machine: SystemdMachine, before: number | undefined): Promise<Status> {
  let status: Status | undefined;
  await expect
    .poll(
      async () => {
        status = await statusOf(machine);
        return status?.last !== null && status?.last.at !== before && status?.underWay === null;
      },
      { interval: 500, timeout: UPDATE_MS_MAX },
    )
    .toBe(true);
  await untilIdle(machine);
  return status!;
}

async function untilIdle(machine: SystemdMachine): Promise<void> {
  await expect
    .poll(async () => (await machine.unit("update-flor.service")).ActiveState, PATIENCE)
    .toMatch(/^(?:inactive|failed)$/);
}

/** Waits until an update is at a place. */
export async function untilPhase(machine: SystemdMachine, phase: string): Promise<void> {
  await expect
    .poll(async () => (await statusOf(machine))?.underWay?.phase, { interval: 100, timeout: UPDATE_MS_MAX })
    .toBe(phase);
}

export async function statusOf(machine: SystemdMachine): Promise<Status | undefined> {
  const { code, stdout } = await machine.run("cat", `${STATE}/status.json`);
  return code === 0 ? (JSON.parse(stdout) as Status) : undefined;
}

/** The versions of all our packages on a machine, but that of Node.js, and whether all are in order. */
export async function packagesOf(machine: SystemdMachine): Promise<readonly string[]> {
  const format = "--showformat=${Package} ${Version} ${db:Status-Status}\\n";
  const lines = (await machine.do("dpkg-query", "--show", format, "florenetes-*")).trimEnd().split("\n");
  const others = lines.filter((line) => !line.startsWith("florenetes-runtime "));
  return [...new Set(others.map((line) => line.slice(line.indexOf(" ") + 1)))];
}

/** Files that an update makes, and that are gone after its end. */
export async function leftOvers(machine: SystemdMachine): Promise<string> {
  const { stdout } = await machine.run(
    "sh",
    "-c",
    `ls -d ${STATE}/journal.json ${STATE}/runner /etc/systemd/system/florenetes-update-undo.service /etc/systemd/system/*/florenetes-update-undo.service ${SPOOL}/order.json 2>/dev/null`,
  );
  return stdout;
}

async function sh(machine: SystemdMachine, script: string): Promise<void> {
  const { code, stdout, stderr } = await machine.run("sh", "-euc", script);
  expect(code, `${script}: ${stdout}${stderr}`).toBe(0);
}
