import { readFileSync, statSync } from "node:fs";
import { checkRevocations, HeldIdentity, loadCredentials } from "@florenetes/identity";
import { describe, expect, test } from "vitest";
import { openLab } from "../src/index.ts";
import { LINE, NOTHING, PATIENCE, STUBS, leftovers } from "./lab-fixture.ts";

describe("a lab on loopback", () => {
  test("comes up, shows its nodes, and goes down leaving nothing", async () => {
    const progress: string[] = [];
    const lab = await openLab(LINE, { ...STUBS, onProgress: (text) => progress.push(text) });
    try {
      await lab.up();
      expect(progress[0]).toBe("starting 6 processes");
      expect(progress.at(-1)).toBe("2 of 2 links are up");
      expect(lab.pids().map(({ node, process }) => `${node} ${process}`)).toHaveLength(6);
      expect((await lab.status("b")).clusterFlor).toMatchObject({ vertex: "b", links: [{ peer: "a" }, { peer: "c" }] });
      expect(lab.tunnels[0]!.listen).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d+$/);
    } finally {
      await lab.down();
    }
    expect(await leftovers(lab.folder)).toEqual(NOTHING);
    await lab.down();
  });

  test("has one CA, and on each node only the identities that it needs, with closed keys", async () => {
    await using lab = await openLab(LINE, STUBS);
    const principal = (node: string, folder: string): string => {
      const { kind, name } = loadCredentials(lab.identityFolder(node, folder)).principal;
      return `${kind}/${name}`;
    };
    expect(principal("a", "vertex")).toBe("vertex/a");
    expect(principal("a", "user/alice")).toBe("user/alice");
    expect(principal("c", "service/web")).toBe("service/web");
    expect(() => principal("b", "service/web")).toThrow();
    expect(statSync(lab.folder).mode & 0o777).toBe(0o700);
  });

  test("revokes a principal on all nodes, and gives it another certificate", async () => {
    await using lab = await openLab(LINE, STUBS);
    await lab.up();
    const alice = lab.identityFolder("a", "user/alice");
    const before = loadCredentials(alice);
    lab.revoke("user/alice");
    const identities = [new HeldIdentity(alice, {})];
    const policy = { isRequired: true, graceMs: 0 };
    const found = await checkRevocations({ cluster: "demo", identities, stateFolder: `${alice}/none`, policy });
    expect(found).toMatchObject({ problems: [], warnings: [{ code: "ERR_IDENTITY_REVOKED" }] });
    for (const [node, folder] of [
      ["b", "vertex"],
      ["c", "service/web"],
    ] as const)
      expect(readFileSync(`${lab.identityFolder(node, folder)}/crl.pem`)).toEqual(readFileSync(`${alice}/crl.pem`));
    await lab.renew("user/alice");
    expect(loadCredentials(alice).certificates[0]!.serial).not.toBe(before.certificates[0]!.serial);
    expect(() => lab.revoke("user/nobody")).toThrow("no certificate was ever issued for user/nobody");
    await expect(lab.renew("user/nobody")).rejects.toMatchObject({ code: "ERR_LAB_UNKNOWN" });
  });

  test("gives nodes addresses and ports of their own, whatever the file says of addresses", async () => {
    await using lab = await openLab({ ...LINE, nodes: { a: null, b: { address: "b.example.net" }, c: null } }, STUBS);
    const places = lab.mesh.nodes.map(({ address, port }) => `${address} ${port}`);
    expect(new Set(places).size).toBe(3);
    for (const place of places) expect(place).toMatch(/^127\.0\.0\.\d [1-9]\d+$/);
  });

  test("may have a node that is called as one of its own files", async () => {
    const lab = await openLab(
      { cluster: "demo", nodes: { ca: null, b: null }, links: [{ between: ["ca", "b"] }] },
      STUBS,
    );
    expect(statSync(`${lab.identityFolder("ca", "vertex")}/key.pem`).isFile()).toBe(true);
    await lab.down();
  });

  test("kills, starts and restarts processes", async () => {
    await using lab = await openLab(LINE, STUBS);
    await lab.up();
    const pidOf = (node: string): number | undefined =>
      lab.pids().find((row) => row.node === node && row.process === "link-flor")?.pid;
    const lives = async (): Promise<number> =>
      (await lab.logs("b", "link-flor")).split("stub link-flor of b").length - 1;
    await expect.poll(lives, PATIENCE).toBe(1);
    const first = pidOf("b");
    await lab.kill("b", "link-flor");
    expect(pidOf("b")).toBeUndefined();
    await expect(lab.kill("b", "link-flor")).rejects.toMatchObject({ code: "ERR_LAB_STATE" });
    lab.start("b", "link-flor");
    expect(() => lab.start("b", "link-flor")).toThrow(expect.objectContaining({ code: "ERR_LAB_STATE" }));
    await expect.poll(lives, PATIENCE).toBe(2);
    const second = pidOf("b");
    await lab.restart("b", "link-flor");
    await expect.poll(lives, PATIENCE).toBe(3);
    await lab.waitUntilUp();
    expect(new Set([first, second, pidOf("b")]).size).toBe(3);
  });

  test("stops and continues a process, and takes down one that is stopped", async () => {
    await using lab = await openLab(LINE, STUBS);
    await lab.up();
    await lab.kill("a", "cluster-flor", "SIGSTOP");
    expect((await lab.status("a")).clusterFlor).toBeUndefined();
    await lab.kill("a", "cluster-flor", "SIGCONT");
    await lab.waitUntilUp();
    await lab.kill("a", "cluster-flor", "SIGSTOP");
    await lab.down();
    expect(await leftovers(lab.folder)).toEqual(NOTHING);
  });

  test("kills what does not end when it is asked", async () => {
    const lab = await openLab(LINE, { ...STUBS, environment: { STUB_DEAF: "1" } });
    await lab.up();
    await lab.down();
    expect(await leftovers(lab.folder)).toEqual(NOTHING);
  });

  test("says which process died, and its last words", async () => {
    const deaths: string[] = [];
    const environment = { STUB_DIE: "b cluster-flor" };
    await using lab = await openLab(LINE, { ...STUBS, environment, onDeath: (text) => deaths.push(text) });
    await expect(lab.up()).rejects.toMatchObject({
      code: "ERR_LAB_PROCESS_DIED",
      message: expect.stringMatching(/^cluster-flor of b ended with exit code 3.*the stub cannot go on/s),
    });
    await expect.poll(() => deaths, PATIENCE).toHaveLength(1);
  });

  test("says which link is not up, and why, from both ends", async () => {
    await using lab = await openLab(LINE, { ...STUBS, environment: { STUB_DOWN: "b c" } });
    for (const node of lab.nodeNames) for (const name of ["link-flor", "cluster-flor"] as const) lab.start(node, name);
    await lab.untilReady();
    await expect(lab.waitUntilUp({ timeoutMs: 0 })).rejects.toMatchObject({
      code: "ERR_LAB_NOT_UP",
      message: expect.stringContaining(
        "the link c - b is not up: c says up, b says refused (WRONG_PEER: another name)",
      ),
    });
  });

  test("runs commands in a node", async () => {
    await using lab = await openLab(LINE, STUBS);
    expect(await lab.exec("a", ["sh", "-c", "cat; echo $FLORENETES_NODE >&2; exit 4"], { input: "in" })).toEqual({
      code: 4,
      signal: null,
      stdout: "in",
      stderr: "a\n",
    });
    await expect(lab.exec("a", ["sleep", "60"], { timeoutMs: 100 })).rejects.toMatchObject({ code: "ERR_LAB_TIMEOUT" });
    await expect(lab.exec("a", ["no-such-program"])).rejects.toMatchObject({ code: "ERR_LAB_COMMAND" });
    await expect(lab.exec("x", ["true"])).rejects.toMatchObject({ code: "ERR_LAB_UNKNOWN" });
  });

  test("ends what was spawned in it, grandchildren included", async () => {
    const lab = await openLab(LINE, STUBS);
    lab.spawn("a", ["sh", "-c", "setsid sleep 1000 & sleep 1000"]);
    await expect.poll(async () => (await leftovers(lab.folder)).processes, PATIENCE).toBeGreaterThanOrEqual(3);
    await lab.down();
    expect(await leftovers(lab.folder)).toEqual(NOTHING);
  });

  test("has no wires to cut", async () => {
    await using lab = await openLab(LINE, STUBS);
    await expect(lab.linkDown("a", "b")).rejects.toMatchObject({ code: "ERR_LAB_MODE" });
    await expect(lab.linkDown("a", "c")).rejects.toMatchObject({ code: "ERR_LAB_UNKNOWN" });
  });

  test("refuses a mesh that cannot work, and makes nothing of it", async () => {
    const links = [{ between: ["a", "b"] }];
    await expect(openLab({ ...LINE, links }, STUBS)).rejects.toMatchObject({ code: "ERR_MESH_NO_LINK" });
  });

  test("tells what cannot serve its purpose", async () => {
    const services = { web: { node: "c", target: "tcp://127.0.0.1:8080", allow: ["user/bob"] } };
    await using lab = await openLab({ ...LINE, services }, STUBS);
    expect(lab.warnings).toEqual(['service "web" does not allow "user/alice"']);
  });
});
