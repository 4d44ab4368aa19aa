/*
 *   home ───── site        home runs as two systemd units, on a machine whose first process is systemd; site beside it
 *   tunnel     service
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE, PATIENCE_OF_PROCESSES } from "../src/patience.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";
import { FAR_NODE, installNodes } from "../src/systemd/installed-node.ts";
import { canBootSystemd, SystemdMachine } from "../src/systemd/machine.ts";

const LINK = "link-flor.service";
const CLUSTER = "cluster-flor@example.service";
const CONFIG = "/etc/florenetes/example/cluster-flor.yaml";
const LINKED = { ActiveState: "active", StatusText: "1 of 1 links up" };
/** How long a process may stand still before it is ended. */
const FREEZE_MS = 5_000;

describe.skipIf(!canBootSystemd("the units under a real systemd"))("under systemd", () => {
  let folder: string;
  let machine: SystemdMachine;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "florenetes-units-"));
    const root = join(folder, "root");
    mkdirSync(root);
    await installNodes(folder, root);
    machine = await SystemdMachine.boot(root, [LINK, CLUSTER]);
    for (const command of FAR_NODE) machine.spawn("site", command, { stdio: "ignore" });
    await SteadyService.start(machine, "site", 8080);
  });
  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const bothLinked = async (): Promise<void> => {
    for (const unit of [LINK, CLUSTER]) await machine.untilUnit(unit, LINKED);
  };
  const signal = async (unit: string, name: string): Promise<void> =>
    void (await machine.do("systemctl", "kill", `--signal=${name}`, "--kill-who=main", unit));
  const logOf = (unit: string): Promise<string> => machine.do("cat", `/run/${unit}.log`);

  test("both are up after the boot, say how many links are, and have sockets for their group alone", async () => {
    await bothLinked();
    const files = [
      "link",
      "link/admin.sock",
      "link/admin-control.sock",
      "cluster-example",
      "cluster-example/florio.sock",
    ];
    const places = files.map((file) => `/run/florenetes-${file}`);
    expect(await machine.do("stat", "--format=%a %U %G", ...places)).toBe(
      [
        "2751 florenetes-link florenetes",
        "660 florenetes-link florenetes",
        "600 florenetes-link florenetes",
        "2750 flor-example florenetes",
        "660 flor-example florenetes",
        "",
      ].join("\n"),
    );
    // The sandbox of the units denies the processes nothing that they need.
    for (const unit of [LINK, CLUSTER])
      expect(await logOf(unit)).not.toMatch(/"level":"error"|EPERM|EACCES|EROFS|_NOT_KEPT/);
  });

  test("a cluster vertex sees nothing of other clusters, and may write into its identities", async () => {
    await machine.do("mkdir", "-p", "/etc/florenetes/other/user", "/var/lib/florenetes/cluster-other");
    const { MainPID } = await machine.unit(CLUSTER);
    const inUnit = ["nsenter", "--target", MainPID, "--mount", "--"];
    expect(await machine.do(...inUnit, "ls", "/etc/florenetes", "/var/lib/florenetes")).toBe(
      "/etc/florenetes:\nexample\n\n/var/lib/florenetes:\ncluster-example\n",
    );
    await machine.do(...inUnit, "touch", "/etc/florenetes/example/user/alice/crl-numbers");
    expect(await machine.run(...inUnit, "touch", "/etc/passwd")).toMatchObject({ code: 1 });
  });

  test("a reload waits for its outcome, and fails when an identity is refused, with the former one in use", async () => {
    await machine.do("systemctl", "reload", LINK, CLUSTER);
    for (const unit of [LINK, CLUSTER]) expect(await logOf(unit)).toContain("IDENTITY_UNCHANGED");
    const before = await machine.unit(LINK);
    const [chain, away] = ["/etc/florenetes/example/vertex/chain.pem", "/etc/florenetes/chain.pem"];
    await machine.do("mv", chain, away);
    expect(await machine.run("systemctl", "reload", LINK)).toMatchObject({ code: 1 });
    expect(await logOf(LINK)).toMatch(/refused: there is no such file \[ERR_IDENTITY_FILE_MISSING\]\n/);
    await machine.do("mv", away, chain);
    await machine.do("systemctl", "reload", LINK);
    expect(await machine.unit(LINK)).toEqual({ ...before, ...LINKED });
  });

  test("a reload takes another config of link-flor, and refuses one that is not in order, with the same process and link", async () => {
    const before = await machine.unit(LINK);
    const config = "/etc/florenetes/link-flor.yaml";
    await machine.do("cp", config, "/run/good-link.yaml");
    await machine.do("sed", "-i", "1i dead-after: 1200ms", config);
    await machine.do("systemctl", "reload", LINK);
    expect(await logOf(LINK)).toMatch(/"code":"CONFIG_CHANGED".*`dead-after`/);
    await machine.do("sed", "-i", "1i lisden: 1", config);
    expect(await machine.run("systemctl", "reload", LINK)).toMatchObject({ code: 1 });
    expect(await logOf(LINK)).toMatch(/link-flor\.yaml:1:1: lisden: unknown key.*\[ERR_CONFIG_UNKNOWN_KEY\]/);
    await machine.do("cp", "/run/good-link.yaml", config);
    await machine.do("systemctl", "reload", LINK);
    expect(await machine.unit(LINK)).toEqual({ ...before, ...LINKED });
  });

  test("one of the two is upgraded, and comes back from a crash, while a workload goes on", async () => {
    using workload = await SteadyWorkload.start(machine, "home", 18080);
    const before = await machine.unit(CLUSTER);
    const [releases, current] = ["/opt/florenetes/releases", "/opt/florenetes/current"];
    const old = (await machine.do("readlink", "--canonicalize", current)).trim();
    await machine.do("cp", "--archive", "--link", old, `${releases}/newer`);
    await machine.do("ln", "-sfn", "releases/newer", current);
    await machine.do("systemctl", "restart", LINK);
    const nodeOf = async (unit: string): Promise<string> =>
      machine.do("readlink", `/proc/${(await machine.unit(unit)).MainPID}/exe`);
    expect(await nodeOf(LINK)).toBe(`${releases}/newer/bin/node\n`);
    expect(await nodeOf(CLUSTER)).toBe(`${old}/bin/node\n`);
    await bothLinked();
    await workload.untilProgress(now());

    await signal(LINK, "SIGKILL");
    await machine.untilUnit(LINK, { ...LINKED, NRestarts: "1" });
    await workload.untilProgress(now());
    expect(await machine.unit(CLUSTER)).toMatchObject({ MainPID: before.MainPID, NRestarts: "0" });
    expect(workload.lost.size).toBe(0);
  });

  test("a cluster vertex that crashes is there again, and takes new workloads", async () => {
    await signal(CLUSTER, "SIGSEGV");
    await machine.untilUnit(CLUSTER, { ...LINKED, NRestarts: "1" });
    await expect.poll(() => canBeUsed(machine), PATIENCE_OF_PROCESSES).toBe(true);
  });

  test("the watchdog ends a process that hangs, and leaves one alone that stood still for five seconds", async () => {
    const link = await machine.unit(LINK);
    const dropIn = `/run/systemd/system/${CLUSTER}.d/watchdog.conf`;
    await machine.do("mkdir", "-p", dirname(dropIn));
    // The unit's own time is too long to wait for.
    await machine.do("sh", "-c", `printf '[Service]\\nWatchdogSec=2s\\n' >'${dropIn}'`);
    await machine.do("systemctl", "daemon-reload");
    await machine.do("systemctl", "restart", CLUSTER);
    const cluster = await machine.unit(CLUSTER);
    await signal(LINK, "SIGSTOP");
    const goesOn = sleep(FREEZE_MS).then(() => signal(LINK, "SIGCONT"));
    await signal(CLUSTER, "SIGSTOP");
    await expect.poll(async () => (await machine.unit(CLUSTER)).NRestarts, PATIENCE).not.toBe(cluster.NRestarts);
    await goesOn;
    await machine.do("rm", dropIn);
    await machine.do("systemctl", "daemon-reload");
    await bothLinked();
    expect(await machine.unit(LINK)).toMatchObject({ MainPID: link.MainPID, NRestarts: link.NRestarts });
  });

  test("with a wrong config it says why it does not start, and starts once that is mended", async () => {
    await machine.do("sh", "-c", `cp ${CONFIG} /run/good.yaml; echo 'tunnles: []' >>${CONFIG}`);
    expect(await machine.run("systemctl", "restart", CLUSTER)).toMatchObject({ code: 1 });
    expect(await logOf(CLUSTER)).toMatch(/cluster-flor\.yaml:\d+:1: tunnles: unknown key.*\[ERR_CONFIG_UNKNOWN_KEY\]/);
    await machine.do("cp", "/run/good.yaml", CONFIG);
    await machine.untilUnit(CLUSTER, LINKED);
  });

  test("they stop in order, leave no sockets behind, and start in any order", async () => {
    for (const [first, second] of [
      [CLUSTER, LINK],
      [LINK, CLUSTER],
    ] as const) {
      await machine.do("systemctl", "stop", LINK, CLUSTER);
      for (const unit of [LINK, CLUSTER])
        expect(await machine.unit(unit)).toMatchObject({ ActiveState: "inactive", Result: "success" });
      expect(await machine.do("find", "/run", "-path", "/run/florenetes-*", "-type", "s")).toBe("");
      await machine.do("systemctl", "start", first);
      await machine.untilUnit(first, { ActiveState: "active" });
      await machine.do("systemctl", "start", second);
      await bothLinked();
    }
    await expect.poll(() => canBeUsed(machine), PATIENCE_OF_PROCESSES).toBe(true);
  });
});

/** Whether a new workload connection gets through. */
async function canBeUsed(machine: SystemdMachine): Promise<boolean> {
  try {
    using _workload = await SteadyWorkload.start(machine, "home", 18080, ["p"]);
    return true;
  } catch {
    return false;
  }
}
