/*
 *   home       on a machine whose first process is systemd: both units, an issuer beside them, and the timers that have the vertex and
 *              alice renewed. Their certificates are at four fifths of their life.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PrincipalKind, writeIdentity } from "@florenetes/identity";
import { makeKey, openCa } from "@florenetes/identity/authority";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PATIENCE } from "../src/patience.ts";
import { FAR_NODE, installNodes } from "../src/systemd/installed-node.ts";
import { canBootSystemd, SystemdMachine } from "../src/systemd/machine.ts";

const [LINK, CLUSTER] = ["link-flor.service", "cluster-flor@example.service"];
const ISSUER = "florenetes-issuer@example.service";
const KEEPERS = ["florenetes-keep-vertex@example", "florenetes-keep@example"];
const FOLLOWERS = ["florenetes-lists-vertex@example.service", "florenetes-lists@example.service"];
const FLOR = "/opt/florenetes/current/bin/flor";
const LINKED = { ActiveState: "active", StatusText: "1 of 1 links up" };
const LIFE_MS = 100 * 60_000;

describe.skipIf(!canBootSystemd("the units of renewals under a real systemd"))("renewals under systemd", () => {
  let folder: string;
  let machine: SystemdMachine;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "florenetes-renewal-"));
    const root = join(folder, "root");
    mkdirSync(root);
    await installNodes(folder, root);
    const [etc, state] = [join(root, "etc/florenetes/example"), join(root, "var/lib/florenetes/issuer-example")];
    // Folders above it are the system's, which everybody may enter.
    mkdirSync(state, { recursive: true });
    mkdirSync(join(state, "trust"), { mode: 0o700 });
    const ca = openCa(join(folder, "ca-example")).makeIntermediate(join(state, "ca"), {});
    writeFileSync(join(state, "trust/trust.pem"), readFileSync(join(folder, "ca-example/ca.pem")));
    for (const principal of ["vertex/home", "user/alice"]) {
      const [kind, name] = principal.split("/") as [PrincipalKind, string];
      const { pem: privateKeyPem, publicKeyInfo } = makeKey();
      const at = new Date(Date.now() - 0.8 * LIFE_MS);
      const target = join(etc, kind === "vertex" ? kind : principal);
      rmSync(target, { recursive: true });
      writeIdentity(target, { ...ca.certify({ kind, name, publicKeyInfo, lifeMs: LIFE_MS }, at), privateKeyPem });
    }
    machine = await SystemdMachine.boot(root, [LINK, CLUSTER]);
    for (const command of FAR_NODE) machine.spawn("site", command, { stdio: "ignore" });
    // The examples are as they are, but for the address and the identities that this node has.
    const copy = async (name: string, ...edits: readonly string[]): Promise<void> => {
      const examples = "/etc/florenetes/examples";
      const { code, stderr } = await machine.run(
        "sh",
        "-c",
        `sed ${edits.map((edit) => `-e '${edit}'`).join(" ")} ${examples}/${name} >/etc/florenetes/example/${name}`,
      );
      if (code !== 0) throw new Error(stderr);
    };
    const local = "s/192.0.2.10/127.0.0.1/";
    await copy("issuer.yaml", local);
    await copy("keep.yaml", local, "/service\\/web/d");
    await copy("keep-vertex.yaml", local);
  });
  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const logOf = (unit: string): Promise<string> => machine.do("cat", `/run/${unit}.log`);

  test("without an issuer a look changes nothing, and does not fail yet", async () => {
    for (const unit of [LINK, CLUSTER]) await machine.untilUnit(unit, LINKED);
    for (const keeper of KEEPERS) {
      await machine.do("systemctl", "start", `${keeper}.service`);
      expect(await logOf(`${keeper}.service`)).toMatch(/is not renewed: .*\[ERR_FLOR_ISSUER_UNREACHABLE\]/);
    }
  });

  test("the issuer has its state for itself, and sees no identities", async () => {
    await machine.do("systemctl", "start", ISSUER);
    const { MainPID } = await machine.untilUnit(ISSUER, { ActiveState: "active" });
    const ca = "/var/lib/florenetes/issuer-example/ca/ca-key.pem";
    expect(await machine.do("stat", "--format=%a %U", ca)).toBe("600 florenetes-issuer\n");
    const inUnit = ["nsenter", "--target", MainPID, "--mount", "--"];
    expect(await machine.do(...inUnit, "ls", "/etc/florenetes/example", "/var/lib/florenetes")).toBe(
      "/etc/florenetes/example:\nissuer.yaml\n\n/var/lib/florenetes:\nissuer-example\n",
    );
  });

  test("the timers have both identities renewed, by who owns them, and both processes use them", async () => {
    await machine.do("systemctl", "start", ...KEEPERS.map((keeper) => `${keeper}.timer`));
    for (const keeper of KEEPERS) {
      await machine.do("systemctl", "start", `${keeper}.service`);
      expect(await logOf(`${keeper}.service`)).toMatch(/: renewed, ends /);
    }
    for (const unit of [LINK, CLUSTER]) {
      await expect.poll(() => logOf(unit), PATIENCE).toContain('"code":"IDENTITY_RELOADED"');
      await machine.untilUnit(unit, LINKED);
    }
    const chains = ["vertex", "user/alice"].map((name) => `/etc/florenetes/example/${name}/key.pem`);
    expect(await machine.do("stat", "--format=%a %U", ...chains)).toBe("600 florenetes-link\n600 flor-example\n");
    expect(await logOf(ISSUER)).not.toMatch(/"level":"error"|EPERM|EACCES|EROFS|_NOT_KEPT/);
  });

  test("what the issuer's CA revokes is in force at both processes within seconds, by who owns the folders", async () => {
    await machine.do("systemctl", "start", ...FOLLOWERS);
    for (const follower of FOLLOWERS) {
      await machine.untilUnit(follower, { ActiveState: "active", StatusText: "has the issuers' lists" });
    }
    const revoke = ["ca", "revoke", "user/alice", "--ca", "/var/lib/florenetes/issuer-example/ca"];
    const run = await machine.run("setpriv", "--reuid", "florenetes-issuer", "--clear-groups", "--", FLOR, ...revoke);
    expect(run.code, run.stderr).toBe(0);
    for (const unit of [LINK, CLUSTER]) await expect.poll(() => logOf(unit), PATIENCE).toContain('"code":"REVOCATION_');
    const lists = ["vertex", "user/alice"].map((name) => `/etc/florenetes/example/${name}/crl.pem`);
    expect(await machine.do("stat", "--format=%U", ...lists)).toBe("florenetes-link\nflor-example\n");
    for (const follower of FOLLOWERS) expect(await logOf(follower)).toContain('"code":"LISTS_TAKEN"');
  });
});
