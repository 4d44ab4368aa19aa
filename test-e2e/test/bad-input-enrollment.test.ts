/*
 *   a ───── b        what flor and b's processes do when b's disk is full, a folder cannot be written, a passphrase is none
 *
 *   On a tmpfs that is full are b's vertex identity and the state of its cluster-flor.
 *
 *   What an operator reads is a line with a stable code, and what to do. What was there is there still, to the byte, and both
 *   processes go on.
 */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flor, florCommand, runToEnd } from "../src/executables.ts";
import { logEntries } from "../src/log-entries.ts";
import { PATIENCE } from "../src/patience.ts";
import { hangUp } from "../src/renewal.ts";
import { bringList, revoke } from "../src/revocation.ts";
import { isRoot } from "../src/root.ts";

const NOBODY = 65_534;

describe.skipIf(!isRoot)("on a disk that is full", () => {
  let lab: Lab;
  let disk: string;
  let vertex: string;

  beforeAll(async () => {
    lab = await openLab({
      cluster: "bad",
      nodes: { a: {}, b: {} },
      links: [{ between: ["a", "b"] }],
      services: { web: { node: "b", target: "tcp://127.0.0.1:9", allow: ["user/alice"] } },
      tunnels: [{ node: "a", listen: "tcp://127.0.0.1:0", as: "user/alice", service: "web", path: ["a", "b"] }],
    });
    disk = `${lab.folder}/disk`;
    vertex = lab.identityFolder("b", "vertex");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", disk]);
    for (const folder of [vertex, `${lab.folder}/b/state-cluster`]) {
      const place = `${disk}/${folder.split("/").at(-1)}`;
      execFileSync("mv", [folder, place]);
      symlinkSync(place, folder);
    }
    await lab.up();
  });
  afterAll(async () => {
    if (disk !== undefined) execFileSync("umount", ["--lazy", disk]);
    await lab?.down();
  });

  /** The files of the identity, with their exact content. */
  function contents(): Record<string, string> {
    const files = readdirSync(vertex).filter((name) => !name.startsWith("."));
    return Object.fromEntries(
      files.map((name) => [name, name === "request" ? "" : readFileSync(`${vertex}/${name}`, "utf8")]),
    );
  }

  function fill(): void {
    for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) {
      try {
        for (;;) appendFileSync(`${disk}/fill`, Buffer.alloc(size));
      } catch {
        // The disk has no room for so many bytes: fewer are written at a time from now on.
      }
    }
  }

  test("nothing is renewed or installed, the identity stays what it is, and link-flor goes on with it", async () => {
    const answer = `${lab.folder}/answer.bundle`;
    const renewed = await flor("identity", "renew", vertex);
    expect(renewed.code, renewed.stderr).toBe(0);
    const request = `${vertex}/request/request.pem`;
    const signed = await flor("ca", "sign", request, "--ca", lab.caFolder, "--expect", "vertex/b", "--out", answer);
    expect(signed.code, signed.stderr).toBe(0);
    fill();
    const before = contents();
    const [install, renew] = [
      await flor("identity", "install", answer, "--into", vertex),
      await flor("identity", "renew", vertex, "--replace"),
    ];
    for (const { code, stderr } of [install, renew]) {
      expect({ code, stderr }).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/ENOSPC.*\[ERR_IDENTITY_WRITE_FAILED\]\n {4}\w/),
      });
    }
    expect(contents()).toEqual(before);
    await hangUp(lab, [["b", "link-flor"]], "IDENTITY_UNCHANGED");

    rmSync(`${disk}/fill`);
    const later = await flor("identity", "install", answer, "--into", vertex);
    expect(later.code, later.stderr).toBe(0);
    await hangUp(lab, [["b", "link-flor"]], "IDENTITY_RELOADED");
    await lab.waitUntilUp();
  });

  test("a revocation list is in force though it cannot be kept, and cluster-flor says so", async () => {
    fill();
    bringList(lab, "b", await revoke(lab, "user/alice"), "service/web");
    await expect.poll(() => logEntries(lab, "b", "cluster-flor", "REVOCATION_NOT_KEPT"), PATIENCE).toHaveLength(1);
    expect((await lab.status("b")).clusterFlor!["revocation"]).toMatchObject({
      lists: [{ number: "1", isKept: false }],
    });
    await expect
      .poll(() => logEntries(lab, "b", "cluster-flor", "TRANSPORT_DOWN"), PATIENCE)
      .toMatchObject([{ reason: "REVOKED" }]);
    expect((await lab.status("b")).clusterFlor!.links[0]).toMatchObject({ state: "up" });
    rmSync(`${disk}/fill`);
  });

  test("a folder of another user is neither renewed nor installed into", async () => {
    const folder = lab.identityFolder("b", "service/web");
    const before = readdirSync(folder);
    chownSync(folder, NOBODY, NOBODY);
    chmodSync(folder, 0o755);
    // Root without root's rights is a user like any other, who can still read this checkout.
    const prefix = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"];
    const { code, stderr } = await runToEnd([...prefix, ...florCommand(), "identity", "renew", folder]);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/belongs to the user.*\[ERR_IDENTITY_FOLDER_OWNER\]\n {4}\w/),
    });
    expect(readdirSync(folder)).toEqual(before);
    chownSync(folder, 0, 0);
  });

  test("an empty passphrase seals nothing and opens nothing", async () => {
    const [empty, good] = [`${lab.folder}/empty`, `${lab.folder}/good`];
    writeFileSync(empty, "\n", { mode: 0o600 });
    writeFileSync(good, "correct horse\n", { mode: 0o600 });
    const bundle = `${lab.folder}/sealed.bundle`;
    const invite = ["ca", "invite", "user", "bob", "--ca", lab.caFolder];
    const made = await flor(...invite, "--out", bundle, "--passphrase-file", good);
    expect(made.code, made.stderr).toBe(0);
    const answers = await Promise.all([
      flor(...invite, "--out", `${lab.folder}/none.bundle`, "--passphrase-file", empty),
      flor("ca", "init", "--cluster", "bad", "--out", `${lab.folder}/none-ca`, "--ca-passphrase-file", empty),
      flor("identity", "install", bundle, "--into", `${lab.folder}/none`, "--passphrase-file", empty),
    ]);
    for (const { code, stderr } of answers)
      expect({ code, stderr }).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/\[ERR_IDENTITY_PASSPHRASE\]\n {4}\w/),
      });
    expect(readdirSync(lab.folder).filter((name) => name.startsWith("none"))).toEqual([]);
  });
});
