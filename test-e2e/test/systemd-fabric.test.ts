/*
 *   home       on a machine whose first process is systemd: cluster-flor as a unit, then its agent beside it, with the example config, then a
 *              replica of the control API, and store-flor in each of its modes of storage
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { florCommand, runToEnd } from "../src/executables.ts";
import { PATIENCE_OF_PROCESSES } from "../src/patience.ts";
import { installNodes } from "../src/systemd/installed-node.ts";
import { canBootSystemd, SystemdMachine } from "../src/systemd/machine.ts";

const CLUSTER = "cluster-flor@example.service";
const AGENT = "fabric-flor@example.service";
const CONTROL = "control-flor@example.service";
const STORE = "store-flor@example.service";
const [CLUSTER_RUN, AGENT_RUN] = ["/run/florenetes-cluster-example", "/run/florenetes-fabric-example"];
const CONTROL_RUN = "/run/florenetes-control-example";
const STORE_RUN = "/run/florenetes-store-example";
const STATE = "/var/lib/florenetes/fabric-example";
const ETC = "/etc/florenetes/example";

describe.skipIf(!canBootSystemd("the agent's unit under a real systemd"))("an agent under systemd", () => {
  let folder: string;
  let machine: SystemdMachine;
  let fingerprint: string;

  const flor = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runToEnd([...florCommand(), ...args]);
    expect(code, `${args.join(" ")}: ${stderr}`).toBe(0);
    return stdout;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "florenetes-agent-"));
    const root = join(folder, "root");
    mkdirSync(root);
    await installNodes(folder, root);
    const [identity, fabric] = [join(folder, "identity"), join(folder, "fabric")];
    await flor("ca", "issue", "service", "fabric.home", "--ca", join(folder, "ca-example"), "--out", identity);
    const made = await flor(
      "fabric",
      "init",
      "--cluster",
      "example",
      "--operators",
      "alice,bob,carol",
      "--out",
      fabric,
    );
    fingerprint = /sha256:[0-9a-f]{64}/.exec(made)![0];
    cpSync(identity, join(root, "srv/agent/identity"), { recursive: true });
    cpSync(join(fabric, "root.fact"), join(root, "srv/agent/root.fact"));
    machine = await SystemdMachine.boot(root, [CLUSTER]);
  });
  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const sh = async (script: string): Promise<void> => {
    const { code, stdout, stderr } = await machine.run("sh", "-euc", script);
    expect(code, `${script}: ${stdout}${stderr}`).toBe(0);
  };
  /** Which of these files a user, without further groups, may write: the right by which a socket is connected to. */
  const writableFor = async (user: string, paths: readonly string[]): Promise<readonly string[]> => {
    const as = ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups", "--"];
    const answers = await Promise.all(paths.map((path) => machine.run(...as, "test", "-w", path)));
    return paths.filter((_, index) => answers[index]!.code === 0);
  };
  const doctor = async (): Promise<string> => (await machine.run("flor", "doctor")).stdout;

  test("a node without an agent's config starts none, and nothing changes for it", async () => {
    await machine.untilUnit(CLUSTER, { ActiveState: "active" });
    await machine.do("systemctl", "start", AGENT);
    expect(await machine.unit(AGENT)).toMatchObject({ ActiveState: "inactive", Result: "success", NRestarts: "0" });
    expect(await machine.do("flor", "unit", "prepare", "example")).toBe("cluster example: user flor-example\n");
    expect(await machine.do("stat", "--format=%a", CLUSTER_RUN)).toBe("2750\n");
    expect((await machine.run("getent", "passwd", "fabric-example")).code).toBe(2);
    expect((await machine.run("ls", AGENT_RUN)).code).not.toBe(0);
    expect(await doctor()).not.toMatch(/florenetes-fabric|fabric-flor@example/);
  });

  test("an agent is added while cluster-flor runs on, and is at its door", async () => {
    const { MainPID } = await machine.unit(CLUSTER);
    await sh(`
      mkdir --parents ${ETC}/service
      cp -r /srv/agent/identity ${ETC}/service/fabric
      cp /srv/agent/root.fact ${ETC}/root.fact
      chmod 644 ${ETC}/root.fact
      sed 's/^root: .*/root: ${fingerprint}/' /etc/florenetes/examples/fabric-flor.yaml >${ETC}/fabric-flor.yaml
      sed -n 's/^#   //p' ${ETC}/fabric-flor.yaml >>${ETC}/cluster-flor.yaml`);
    await sh(`systemctl start ${AGENT} || { cat /run/${AGENT}.log; exit 1; }`);
    // The links are down, as no link-flor runs: a reload tells that, and the door is open.
    await machine.run("systemctl", "reload", CLUSTER);
    const status = async (): Promise<unknown> =>
      JSON.parse((await machine.run("fabric-flor", "status", "--json", "--admin", `${AGENT_RUN}/admin.sock`)).stdout);
    await expect
      .poll(status, PATIENCE_OF_PROCESSES)
      .toMatchObject({ cluster: "example", node: "home", door: { away: null } });
    expect((await machine.unit(CLUSTER)).MainPID).toBe(MainPID);
    expect(await machine.do("cat", `/run/${AGENT}.log`)).not.toMatch(
      /"level":"error"|EPERM|EACCES|EROFS|REFUSED|ADDRESSES_UNREAD/,
    );
  });

  test("the agent reaches the door and the sessions, the cluster vertex the agent's one socket, and neither anything else", async () => {
    const files = [CLUSTER_RUN, `${CLUSTER_RUN}/fabric/door.sock`, AGENT_RUN, `${AGENT_RUN}/cluster/agent.sock`, STATE];
    expect(await machine.do("stat", "--format=%a %U %G", ...files)).toBe(
      [
        "2751 flor-example florenetes",
        "660 flor-example fabric-example",
        "2751 fabric-example florenetes",
        "660 fabric-example flor-example",
        "700 fabric-example fabric-example",
        "",
      ].join("\n"),
    );
    const ofCluster = ["florio.sock", "admin.sock", "admin-control.sock", "fabric/door.sock", "fabric/sessions.sock"];
    const ofAgent = ["admin.sock", "admin-control.sock", "cluster/agent.sock"];
    const clusterFiles = [...ofCluster.map((name) => `${CLUSTER_RUN}/${name}`), CLUSTER_RUN, `${CLUSTER_RUN}/fabric`];
    const agentFiles = [...ofAgent.map((name) => `${AGENT_RUN}/${name}`), AGENT_RUN, `${AGENT_RUN}/cluster`, STATE];
    expect(await writableFor("fabric-example", clusterFiles)).toEqual(clusterFiles.slice(3, 5));
    expect(await writableFor("flor-example", agentFiles)).toEqual([`${AGENT_RUN}/cluster/agent.sock`]);
    // Each may use its own files: a test that always says no would show.
    expect(await writableFor("flor-example", clusterFiles)).toEqual(clusterFiles);
    expect(await writableFor("fabric-example", agentFiles)).toEqual(agentFiles);
    const others = await Promise.all(["nobody", "florenetes-link"].map((user) => writableFor(user, clusterFiles)));
    expect(others.flat().filter((path) => path.includes("/fabric"))).toEqual([]);
    const { MainPID } = await machine.unit(AGENT);
    const inUnit = ["nsenter", "--target", MainPID, "--mount", "--net", "--"];
    expect(await machine.do(...inUnit, "ls", "/etc/florenetes", "/var/lib/florenetes")).toBe(
      "/etc/florenetes:\nexample\n\n/var/lib/florenetes:\nfabric-example\n",
    );
    expect(await machine.run(...inUnit, "touch", `${ETC}/fabric-flor.yaml`)).toMatchObject({ code: 1 });
  });

  test("a reload and a crash are as with the other units, and the agent comes back to its records", async () => {
    await machine.do("systemctl", "reload", AGENT);
    const before = await machine.unit(AGENT);
    await machine.do("systemctl", "kill", "--signal=KILL", "--kill-who=main", AGENT);
    const after = await machine.untilUnit(AGENT, { ActiveState: "active", NRestarts: "1" });
    expect(after.MainPID).not.toBe(before.MainPID);
    expect((await machine.do("cat", `/run/${AGENT}.log`)).match(/"code":"RECORDS_NEW"/g)).toHaveLength(1);
  });

  test("the agent sees what Linux says of its device, and runs a command that says it, which ends with the unit", async () => {
    const device = async (): Promise<unknown> => {
      const { stdout } = await machine.run("fabric-flor", "status", "--json", "--admin", `${AGENT_RUN}/admin.sock`);
      return (JSON.parse(stdout) as { readonly device: unknown }).device;
    };
    expect(await device()).toMatchObject({ network: "none", metered: false, foreground: true });
    await sh(
      "ip link add uplink type veth peer name world; ip link set world up; ip link set uplink up; ip route add default dev uplink",
    );
    await expect.poll(device, PATIENCE_OF_PROCESSES).toMatchObject({ network: "wired", command: null });
    const facts = { battery: 57, charging: true, network: "wifi", metered: true, foreground: true };
    await sh(`
      cp ${ETC}/fabric-flor.yaml /run/fabric-flor.yaml
      cat >/usr/local/bin/phone <<'END'
#!/bin/sh
echo '${JSON.stringify(facts)}'
exec sleep 4321
END
      chmod 755 /usr/local/bin/phone
      echo 'device: { command: [/usr/local/bin/phone] }' >>${ETC}/fabric-flor.yaml
      systemctl restart ${AGENT} || { cat /run/${AGENT}.log; exit 1; }`);
    await expect.poll(device, PATIENCE_OF_PROCESSES).toMatchObject({ ...facts, command: { starts: 1, fault: null } });
    expect(await machine.do("pgrep", "-u", "fabric-example", "-f", "^sleep 4321")).toMatch(/^\d+\n$/);
    await machine.do("systemctl", "kill", "--signal=KILL", "--kill-who=main", AGENT);
    await machine.untilUnit(AGENT, { ActiveState: "active", NRestarts: "1" });
    await expect.poll(device, PATIENCE_OF_PROCESSES).toMatchObject(facts);
    expect(await machine.do("pgrep", "-u", "fabric-example", "-f", "^sleep 4321")).toMatch(/^\d+\n$/);
    await sh(`mv /run/fabric-flor.yaml ${ETC}/fabric-flor.yaml; systemctl restart ${AGENT}`);
    expect((await machine.run("pgrep", "-u", "fabric-example", "-f", "^sleep 4321")).code).toBe(1);
    await expect.poll(device, PATIENCE_OF_PROCESSES).toMatchObject({ network: "wired", command: null });
  });

  test("a replica of the control API is added, asks the agent, and sees no other socket of the node", async () => {
    await machine.do("systemctl", "start", CONTROL);
    expect(await machine.unit(CONTROL)).toMatchObject({ ActiveState: "inactive", Result: "success", NRestarts: "0" });
    expect((await machine.run("getent", "passwd", "control-example")).code).toBe(2);
    await sh(`
      cp /etc/florenetes/examples/control-flor.yaml ${ETC}/control-flor.yaml
      systemctl start ${CONTROL} || { cat /run/${CONTROL}.log; exit 1; }`);
    const status = async (): Promise<unknown> =>
      JSON.parse(
        (await machine.run("control-flor", "status", "--json", "--admin", `${CONTROL_RUN}/admin.sock`)).stdout,
      );
    await expect
      .poll(status, PATIENCE_OF_PROCESSES)
      .toMatchObject({ agent: { fault: null, asOf: { replica: "home", isStale: false } } });
    const state = "/var/lib/florenetes/control-example";
    const files = [CONTROL_RUN, `${CONTROL_RUN}/cluster`, `${CONTROL_RUN}/cluster/api.sock`, state];
    expect(await machine.do("stat", "--format=%a %U %G", ...files)).toBe(
      [
        "2751 control-example florenetes",
        "2750 control-example flor-example",
        "660 control-example flor-example",
        "700 control-example control-example",
        "",
      ].join("\n"),
    );
    const own = [`${CONTROL_RUN}/admin.sock`, `${CONTROL_RUN}/admin-control.sock`, `${CONTROL_RUN}/cluster/api.sock`];
    expect(await writableFor("flor-example", [...own, CONTROL_RUN, `${CONTROL_RUN}/cluster`, state])).toEqual(
      own.slice(2),
    );
    expect(await writableFor("fabric-example", [...own, state])).toEqual([]);
    const { MainPID } = await machine.unit(CONTROL);
    const inUnit = ["nsenter", "--target", MainPID, "--mount", "--net", "--"];
    expect(await machine.do(...inUnit, "ls", "/run", "/etc/florenetes", "/var/lib/florenetes")).toBe(
      "/etc/florenetes:\nexample\n\n/run:\nflorenetes-control-example\nflorenetes-fabric-example\nsystemd\n\n/var/lib/florenetes:\ncontrol-example\n",
    );
    const asUnit = ["setpriv", "--reuid=control-example", "--regid=control-example", "--groups=florenetes", "--"];
    const isWritable = async (path: string): Promise<boolean> =>
      (await machine.run(...inUnit, ...asUnit, "test", "-w", path)).code === 0;
    expect(await isWritable(`${AGENT_RUN}/admin.sock`)).toBe(true);
    for (const name of ["admin-control.sock", "cluster/agent.sock"])
      expect(await isWritable(`${AGENT_RUN}/${name}`)).toBe(false);
    await machine.do("systemctl", "reload", CONTROL);
    await machine.do("systemctl", "kill", "--signal=KILL", "--kill-who=main", CONTROL);
    await machine.untilUnit(CONTROL, { ActiveState: "active", NRestarts: "1" });
    // An agent that is restarted makes its socket anew, in the folder that the replica sees.
    await machine.do("systemctl", "restart", AGENT);
    await expect.poll(status, PATIENCE_OF_PROCESSES).toMatchObject({ agent: { fault: null } });
    expect(await machine.do("cat", `/run/${CONTROL}.log`)).not.toMatch(/"level":"error"|EPERM|EACCES|EROFS/);
    expect(await machine.do("flor", "unit", "prepare", "example")).toBe(
      "cluster example: user flor-example, agent fabric-example, control API control-example\n",
    );
    expect(await doctor()).not.toMatch(/control-example/);
    await machine.do("systemctl", "stop", CONTROL);
    expect(await doctor()).toContain(`nothing answers on ${CONTROL_RUN}/admin.sock`);
    await machine.do("rm", `${ETC}/control-flor.yaml`);
  });

  /** Starts store-flor with the config of an example, and with drop-ins of examples and no others. */
  const bringStore = async (example: string, ...dropIns: readonly string[]): Promise<void> => {
    const folder = `/etc/systemd/system/${STORE}.d`;
    await sh(`
      sed 's/^node: .*/node: home/' /etc/florenetes/examples/${example} >${ETC}/store-flor.yaml
      rm --recursive --force ${folder}
      mkdir --parents ${folder}
      for each in ${dropIns.join(" ")}; do cp /etc/florenetes/examples/$each ${folder}; done
      systemctl daemon-reload
      systemctl restart ${STORE} || { cat /run/${STORE}.log; exit 1; }`);
  };
  const storeStatus = async (): Promise<unknown> =>
    JSON.parse((await machine.run("store-flor", "status", "--json", "--admin", `${STORE_RUN}/admin.sock`)).stdout);

  test("a holder and a gateway are added by their examples, ask the agent, and come back after a crash", async () => {
    await machine.do("systemctl", "start", STORE);
    expect(await machine.unit(STORE)).toMatchObject({ ActiveState: "inactive", Result: "success", NRestarts: "0" });
    expect((await machine.run("getent", "passwd", "store-example")).code).toBe(2);
    await bringStore("store-flor-holder.yaml");
    await expect
      .poll(storeStatus, PATIENCE_OF_PROCESSES)
      .toMatchObject({ node: "home", storage: { agentFault: null, fault: null } });
    const state = "/var/lib/florenetes/store-example";
    const files = [STORE_RUN, `${STORE_RUN}/cluster/store.sock`, `${CLUSTER_RUN}/store`, state];
    expect(await machine.do("stat", "--format=%a %U %G", ...files)).toBe(
      [
        "2751 store-example florenetes",
        "660 store-example flor-example",
        "2750 flor-example store-example",
        "700 store-example store-example",
        "",
      ].join("\n"),
    );
    const { MainPID } = await machine.unit(STORE);
    const inUnit = ["nsenter", "--target", MainPID, "--mount", "--net", "--"];
    expect(await machine.do(...inUnit, "ls", "/run")).toBe(
      "florenetes-cluster-example\nflorenetes-fabric-example\nflorenetes-store-example\nsystemd\n",
    );
    expect(await machine.do(...inUnit, "ls", CLUSTER_RUN)).toBe("store\n");
    await machine.do("systemctl", "kill", "--signal=KILL", "--kill-who=main", STORE);
    await machine.untilUnit(STORE, { ActiveState: "active", NRestarts: "1" });

    await sh(
      `printf 'backup:0123456789abcdef0123456789abcdef\n' | install -o store-example -m 0600 /dev/stdin ${ETC}/gateway-password`,
    );
    await bringStore("store-flor-gateway.yaml", "store-flor-gateway.conf");
    await expect
      .poll(storeStatus, PATIENCE_OF_PROCESSES)
      .toMatchObject({ storage: null, gateway: { agentFault: null, collections: [{ copies: null }] } });
    expect(await machine.do("cat", `/run/${STORE}.log`)).not.toMatch(/"level":"error"|EPERM|EACCES|EROFS/);
  });

  test("what keeps the log, usage and the audit asks the agent, and the control API by its drop-in alone", async () => {
    await sh(`
      cp /etc/florenetes/examples/control-flor.yaml ${ETC}/control-flor.yaml
      systemctl start ${CONTROL} || { cat /run/${CONTROL}.log; exit 1; }`);
    const kinds = (audit: unknown) => ({
      keep: {
        agentFault: null,
        fileFault: null,
        kinds: [
          { kind: "log", fault: { code: "ERR_STORE_SOURCE" } },
          { kind: "usage", fault: null },
          { kind: "audit", fault: audit },
        ],
      },
    });
    await bringStore("store-flor-keep.yaml");
    await expect.poll(storeStatus, PATIENCE_OF_PROCESSES).toMatchObject(kinds({ code: "ERR_ADMIN_NOT_RUNNING" }));
    await bringStore("store-flor-keep.yaml", "store-flor-keep.conf");
    await expect.poll(storeStatus, PATIENCE_OF_PROCESSES).toMatchObject(kinds(null));
    const { MainPID } = await machine.unit(STORE);
    const asUnit = ["setpriv", "--reuid=store-example", "--regid=store-example", "--groups=florenetes", "--"];
    const may = async (path: string): Promise<boolean> => {
      const inUnit = ["nsenter", "--target", MainPID, "--mount", "--net", "--", ...asUnit];
      return (await machine.run(...inUnit, "test", "-w", path)).code === 0;
    };
    expect(await may(`${CONTROL_RUN}/admin.sock`)).toBe(true);
    for (const path of [`${CONTROL_RUN}/admin-control.sock`, `${CONTROL_RUN}/cluster/api.sock`])
      expect(await may(path)).toBe(false);
    await machine.do("systemctl", "stop", STORE, CONTROL);
    await machine.do("rm", `${ETC}/store-flor.yaml`, `${ETC}/control-flor.yaml`);
  });

  test("doctor finds state that is another's, a config whose unit does not run, and a unit whose config is gone", async () => {
    expect(await doctor()).not.toMatch(/fabric-example is not|nothing answers on \/run\/florenetes-fabric/);
    await machine.do("chown", "root:", `${STATE}/node-key.pem`);
    expect(await doctor()).toContain(`${STATE}/node-key.pem is not fabric-example's`);
    expect(await machine.do("flor", "unit", "prepare", "example")).toBe(
      "cluster example: user flor-example, agent fabric-example; 1 more of its files is theirs now\n",
    );
    expect(await doctor()).not.toContain("node-key.pem");
    await machine.do("mv", `${ETC}/fabric-flor.yaml`, "/run/fabric-flor.yaml");
    expect(await doctor()).toContain("fabric-flor@example runs, and has no config any more");
    await machine.do("mv", "/run/fabric-flor.yaml", `${ETC}/fabric-flor.yaml`);
    await machine.do("systemctl", "stop", AGENT);
    expect(await doctor()).toContain(`nothing answers on ${AGENT_RUN}/admin.sock`);
  });
});
