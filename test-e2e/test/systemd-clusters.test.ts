/*
 *   home ───── site             two clusters on one machine whose first process is systemd: one link-flor, and a cluster-flor for
 *     └─────── distant          each. The second one is added while the first one runs, and the first one is captured then.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE_OF_PROCESSES } from "../src/patience.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";
import { FAR_NODES, installNodes, OTHER } from "../src/systemd/installed-node.ts";
import { canBootSystemd, SystemdMachine } from "../src/systemd/machine.ts";

const LINK = "link-flor.service";
const CLUSTER = "cluster-flor@example.service";
const SECOND = `cluster-flor@${OTHER}.service`;
/** The user that `flor unit prepare` makes of a cluster's name with a dot. */
const SECOND_USER = /^flor_other-sit_[0-9a-f]{16}$/;
const CAPTURED = fileURLToPath(new URL("../src/systemd/captured.py", import.meta.url));

interface Try {
  readonly what: string;
  readonly whose: "own" | "other";
  readonly errno: string | null;
  readonly found: unknown;
}

describe.skipIf(!canBootSystemd("clusters of one node under a real systemd"))("two clusters under systemd", () => {
  let folder: string;
  let machine: SystemdMachine;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "florenetes-clusters-"));
    const root = join(folder, "root");
    mkdirSync(root);
    await installNodes(folder, root);
    machine = await SystemdMachine.boot(root, [LINK]);
    for (const command of FAR_NODES) machine.spawn("far", command, { stdio: "ignore" });
    await SteadyService.start(machine, "far", 8080);
  });
  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const pidOf = async (unit: string): Promise<string> => (await machine.unit(unit)).MainPID;
  const sh = async (script: string): Promise<void> => {
    const { code, stdout, stderr } = await machine.run("sh", "-euc", script);
    expect(code, `${script}: ${stdout}${stderr}`).toBe(0);
  };
  const ownersOf = (...paths: string[]): Promise<string> => machine.do("stat", "--format=%U %G", ...paths);

  test("what the former common user owned is moved at the start, and nothing that a link leads to", async () => {
    // The state is as an earlier version leaves it, with traps in the folders that were its user's.
    await sh(`
      systemd-sysusers --inline 'u florenetes-cluster - "the former one" - -' 'm florenetes-cluster florenetes'
      cd /etc/florenetes/example
      mkdir --parents --mode=2750 /run/florenetes-cluster-example /run/florenetes-web /var/lib/florenetes/cluster-example/deep
      echo precious >/etc/precious; echo linked >/var/lib/linked; mkdir /var/lib/folder
      ln -s /etc/precious user/alice/symlink; ln -s /var/lib/folder /var/lib/florenetes/cluster-example/symlink
      ln /var/lib/linked /var/lib/florenetes/cluster-example/deep/hardlink
      chown -R florenetes-cluster: user /var/lib/florenetes/cluster-example
      chown florenetes-cluster:florenetes /run/florenetes-cluster-example
      chown florenetes-cluster:www-data /run/florenetes-web
      mkdir /run/systemd/system/${CLUSTER}.d
      printf '[Service]\\nSupplementaryGroups=www-data\\nReadWritePaths=/run/florenetes-web\\n' >/run/systemd/system/${CLUSTER}.d/web.conf
      systemctl daemon-reload`);
    await machine.do("systemctl", "start", CLUSTER);
    await machine.untilUnit(CLUSTER, { StatusText: "1 of 1 links up" });
    const state = "/var/lib/florenetes/cluster-example";
    expect(
      await ownersOf(
        "/etc/florenetes/example/user/alice/key.pem",
        "/etc/florenetes/example/vertex/key.pem",
        "/etc/florenetes/example/cluster-flor.yaml",
        state,
        "/run/florenetes-cluster-example",
        "/run/florenetes-web",
        "/etc/precious",
        "/var/lib/folder",
        "/var/lib/linked",
      ),
    ).toBe(
      [
        "flor-example flor-example",
        "florenetes-link florenetes-link",
        "root root",
        "flor-example flor-example",
        "flor-example florenetes",
        "flor-example www-data",
        "root root",
        "root root",
        "florenetes-cluster florenetes-cluster",
        "",
      ].join("\n"),
    );
    const log = await machine.do("cat", `/run/cluster-flor-prepare@example.service.log`);
    expect(log).toContain(`left as it is: ${state}/deep/hardlink: it has another name elsewhere\n`);
    const doctor = await machine.run("flor", "doctor", "/run/florenetes-cluster-example/admin.sock");
    expect(doctor.stdout).toContain(`${state}/deep/hardlink is not flor-example's`);
    expect(doctor.stdout).toContain("`flor unit prepare example`");
    await sh(`rm ${state}/deep/hardlink /etc/florenetes/example/user/alice/symlink`);
    expect(await machine.do("flor", "unit", "prepare", "example")).toBe("cluster example: user flor-example\n");
    const { stdout } = await machine.run("flor", "doctor", "/run/florenetes-cluster-example/admin.sock");
    expect(stdout).not.toContain("flor-example");
  });

  test("another cluster is added while both processes run on, with a user whose name its own cannot be", async () => {
    using workload = await SteadyWorkload.start(machine, "home", 18080, ["p"]);
    const before = [await pidOf(LINK), await pidOf(CLUSTER)];
    await sh("cp -r /srv/added/etc/* /etc/florenetes/");
    await machine.do("systemctl", "start", SECOND);
    await machine.do("systemctl", "reload", LINK);
    await machine.untilUnit(SECOND, { StatusText: "1 of 1 links up" });
    await machine.untilUnit(LINK, { StatusText: "2 of 2 links up" });
    const user = (await machine.do("systemctl", "show", "--property=User", "--value", SECOND)).trim();
    expect(user).toMatch(SECOND_USER);
    expect(await machine.do("cat", `/etc/systemd/system/${SECOND}.d/user.conf`)).toContain(`User=${user}\n`);
    expect(await ownersOf(`/proc/${await pidOf(SECOND)}`)).toBe(`${user} ${user}\n`);
    expect(await machine.do("stat", "--format=%U", `/run/florenetes-cluster-${OTHER}/florio.sock`)).toBe(`${user}\n`);
    expect([await pidOf(LINK), await pidOf(CLUSTER)]).toEqual(before);
    await workload.untilProgress(now());
    expect(workload.lost.size).toBe(0);
  });

  test("a captured cluster vertex reaches nothing of the other cluster, and link-flor serves both", async () => {
    using other = await SteadyWorkload.start(machine, "home", 18081, ["p"]);
    const pids = [await pidOf(SECOND), await pidOf(LINK)];
    // The tries run within the unit: with its user, its name spaces, its system calls.
    const dropIn = `/run/systemd/system/${CLUSTER}.d/captured.conf`;
    const command = `/usr/bin/python3 /run/captured.py example ${OTHER} ${pids.join(" ")}`;
    await sh(`
      cp ${CAPTURED} /run/captured.py
      printf '[Service]\\nExecStartPost=-${command}\\n' >${dropIn}
      systemctl daemon-reload`);
    await machine.do("systemctl", "restart", CLUSTER);
    const log = await machine.do("cat", `/run/${CLUSTER}.log`);
    const lines = log.split("\n").filter((line) => line.startsWith('{"what"'));
    const tries = lines.map((line) => JSON.parse(line) as Try);
    // Tries on the captured vertex's own cluster work: otherwise failed tries on the other cluster would show nothing.
    const failed = tries.filter(({ whose, errno }) => whose === "own" && errno !== null);
    expect(failed.filter(({ what, errno }) => !what.startsWith("send to") || errno !== "EPERM")).toEqual([]);
    expect(tries.filter(({ whose }) => whose === "own").length).toBeGreaterThan(10);
    expect(tries.filter(({ whose, errno }) => whose === "other" && errno === null)).toEqual([]);
    expect(tries.filter(({ whose }) => whose === "other").length).toBeGreaterThan(30);
    // A socket that may be written, and is connected to another one, says EPERM: no socket of the other cluster may be written.
    const sent = tries.filter(({ what, whose }) => whose === "other" && what.startsWith("send to"));
    expect(sent.map(({ errno }) => errno)).toEqual(["EACCES", "EACCES"]);
    await sh(`rm ${dropIn}; systemctl daemon-reload`);

    await machine.untilUnit(LINK, { StatusText: "2 of 2 links up" });
    expect([await pidOf(SECOND), await pidOf(LINK)]).toEqual(pids);
    await other.untilProgress(now());
    expect(other.lost.size).toBe(0);
    using _mine = await SteadyWorkload.start(machine, "home", 18080, ["p"]);
  });

  test("stopped and started in any order, both clusters come back", async () => {
    // The first cluster vertex starts before link-flor, whose folder is then another one; the second starts after it.
    for (const unit of [CLUSTER, LINK, SECOND]) await machine.do("systemctl", "stop", unit);
    for (const unit of [CLUSTER, LINK, SECOND]) await machine.do("systemctl", "start", unit);
    await machine.untilUnit(LINK, { StatusText: "2 of 2 links up" });
    await machine.do("systemctl", "stop", LINK);
    await machine.do("systemctl", "start", LINK);
    for (const unit of [CLUSTER, SECOND]) await machine.untilUnit(unit, { StatusText: "1 of 1 links up" });
  });

  test("who is in the group that looks asks every process for its status, and commands none", async () => {
    await sh("systemd-sysusers --inline 'u looker - - - -' 'm looker florenetes'");
    const asLooker = ["setpriv", "--reuid=looker", "--regid=looker", "--init-groups", "--"];
    for (const cluster of ["example", OTHER]) {
      const run = `/run/florenetes-cluster-${cluster}`;
      const status = [...asLooker, "cluster-flor", "status", "--json", "--admin", `${run}/admin.sock`];
      await expect
        .poll(async () => (await machine.run(...status)).stdout, PATIENCE_OF_PROCESSES)
        .toContain(`"cluster":"${cluster}"`);
      const reload = ["cluster-flor", "reload", "--config", `/etc/florenetes/${cluster}/cluster-flor.yaml`];
      expect((await machine.run(...asLooker, ...reload)).code).not.toBe(0);
    }
  });
});
