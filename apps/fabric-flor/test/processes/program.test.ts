import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { requestAdmin } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { FabricProcess } from "./fabric-process.ts";

const CONFIG = `\
cluster: demo
node: a
state: state
admin: run/admin.sock
door: cluster/fabric.sock
sessions: cluster/sessions.sock
listen: run/agent.sock
root: sha256:${"0".repeat(64)}
`;

test("it is checked, runs, tells its key, takes another config, and ends", async () => {
  await using fabric = new FabricProcess(CONFIG);
  expect(fabric.command("check")).toMatchObject({ status: 0, stdout: "ok\n" });
  expect(existsSync(join(fabric.folder, "state"))).toBe(false);
  await fabric.start();
  const { key, node, cluster } = await fabric.status();
  expect(readFileSync(join(fabric.folder, "state/node-key.pub"), "utf8")).toBe(`${key}\n`);
  expect({ node, cluster }).toEqual({ node: "a", cluster: "demo" });
  expect(fabric.command("status").stdout).toContain(key);
  const metrics = (await requestAdmin(join(fabric.folder, "run/admin.sock"), "/metrics")) as string;
  expect(metrics).toContain('florenetes_config_differs{process="fabric-flor",cluster="demo"} 0');

  fabric.configure(`${CONFIG}ways: { d: { link: b, labels: [201] } }\n`);
  const taken = fabric.command("reload");
  expect(taken).toMatchObject({ status: 0, stdout: expect.stringContaining("way d") });
  fabric.configure(CONFIG.replace("node: a", "node: b"));
  expect(fabric.command("reload")).toMatchObject({ stderr: expect.stringContaining("ERR_RESTART_NEEDED") });
  expect(await fabric.status()).toMatchObject({ node: "a", config: { fileState: "differs" } });

  expect(await fabric.stop("SIGTERM")).toBe(0);
  expect(fabric.log.map(({ code }) => code)).toEqual(expect.arrayContaining(["READY", "STOPPING"]));
});

test("its admin socket answers all questions, and its api socket those for records", async () => {
  await using fabric = new FabricProcess(`${CONFIG}api: run/api.sock\n`);
  await fabric.start();
  const ask = (socket: string, route: string): Promise<unknown> =>
    requestAdmin(join(fabric.folder, `run/${socket}.sock`), route);
  const nothing = { left: 0, next: null };
  for (const socket of ["admin", "api"]) {
    expect(await ask(socket, "/facts")).toEqual({ facts: [], ...nothing });
    expect(await ask(socket, "/digests")).toMatchObject({ cluster: "demo", node: "a", root: null, scopes: [] });
    await expect(ask(socket, "/facts?after=web")).rejects.toMatchObject({ code: "ERR_FABRIC_AFTER" });
  }
  expect(await ask("admin", "/routes")).toEqual({ node: "a", partition: null, routes: [], ...nothing });
  expect(await ask("admin", "/reports")).toEqual({ node: "a", partition: null, reports: [], ...nothing });
  const unknown = { node: "a", partition: null, fault: "not-coordinator", score: null };
  expect(await ask("admin", "/score?of=a&for=relay")).toEqual(unknown);
  for (const route of ["/routes", "/reports", "/leases", "/score"])
    await expect(ask("api", route), route).rejects.toThrow("answered 404");
});

test("a look at a record is had at the admin socket alone, and no larger than a mebibyte", async () => {
  await using fabric = new FabricProcess(`${CONFIG}api: run/api.sock\n`);
  await fabric.start();
  const inspect = (socket: string, body: string): Promise<unknown> =>
    requestAdmin(join(fabric.folder, `run/${socket}.sock`), "/inspect", { method: "POST", body });
  await expect(inspect("admin", "")).rejects.toMatchObject({ code: "ERR_FABRIC_RECORDS" });
  await expect(inspect("admin", "a".repeat(1_048_576))).rejects.toMatchObject({ code: "ERR_FABRIC_RECORDS" });
  // The connection ends with the answer, and may end before the body is written.
  await expect(inspect("admin", "a".repeat(1_048_577))).rejects.toThrow(/answered 413|EPIPE|ECONNRESET/);
  await expect(inspect("api", "")).rejects.toThrow(/answered 403: .*ERR_FABRIC_UNSIGNED/);
});

test("with a config that is not in order it does not start", async () => {
  await using fabric = new FabricProcess(CONFIG.replace("run/agent.sock", "no/agent.sock"));
  expect(fabric.command("run")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("ERR_SOCKET_DIRECTORY_MISSING"),
  });
});
