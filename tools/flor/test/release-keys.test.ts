/** Other people sign a repository than before: some come and go, and keys are stolen or lost. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { FolderSource, RepositoryReader } from "@florenetes/releases";
import { beforeEach, expect, test } from "vitest";
import { openReleaseScene } from "./release-scene.ts";
import { flor } from "./run-flor.ts";

const scene = openReleaseScene();
const { at, done, expectRefused, keysOf, publishFirst, reader, sign } = scene;
const never = new AbortController().signal;
let repo = "";

beforeEach(() => {
  repo = scene.repo;
});

test("other people sign from now on: it takes both quorums, and the key of the daily files may be another one", async () => {
  await publishFirst();
  const early = reader();
  const source = new FolderSource(join(repo, "published"));
  await early.refresh(source, never);
  const run = await flor("fabric", "init", "--cluster", "demo", "--operators", "dora,erik", "--out", at("others"));
  expect(run.code, run.err).toBe(0);
  rmSync(join(repo, "repository-key"), { recursive: true });
  await flor("fabric", "key", "new", "--name", "repository", "--out", join(repo, "repository-key"));
  const keys = `${keysOf("carol")},${at("others/dora/update")},${at("others/erik/update")}`;
  await done("renew", repo, "--keys", keys, "--threshold", "2");
  await done("sign", repo, "--key", at("others/dora"));
  await done("sign", repo, "--key", at("others/erik"));
  await expectRefused("ERR_FLOR_RELEASE_UNSIGNED", "of the root before 0 of 2", "publish", repo);
  await sign("carol", "alice");
  await expectRefused("ERR_FLOR_RELEASE_NOTHING", "alice", "sign", repo, "--key", at("fabric/alice"));
  await done("publish", repo);
  await early.refresh(source, never);
  expect(await early.target("florenetes-node_0.1.0_amd64.deb")).toBeDefined();
  await reader().refresh(source, never);
});

test("one key of three is stolen: the two others put another one in its place, and it counts for nothing", async () => {
  await publishFirst();
  const early = reader();
  const source = new FolderSource(join(repo, "published"));
  await early.refresh(source, never);
  const run = await flor("fabric", "init", "--cluster", "demo", "--operators", "dora,erik", "--out", at("spare"));
  expect(run.code, run.err).toBe(0);
  // Whoever has bob's key alone makes no root.
  await done("renew", repo, "--keys", keysOf("alice", "bob", "carol"), "--threshold", "2");
  await sign("bob");
  await expectRefused("ERR_FLOR_RELEASE_UNSIGNED", "1 of 2", "publish", repo);
  const keys = `${keysOf("alice", "carol")},${at("spare/dora/update")}`;
  await done("renew", repo, "--keys", keys, "--threshold", "2");
  await sign("alice", "carol");
  await done("publish", repo);
  await early.refresh(source, never);
  expect(await early.target("florenetes-node_0.1.0_amd64.deb")).toBeDefined();

  await done("add", repo, "--packages", at("second"), "--channel", "stable");
  await expectRefused("ERR_FLOR_RELEASE_NOTHING", "bob", "sign", repo, "--key", at("fabric/bob"));
  await sign("alice");
  await expectRefused("ERR_FLOR_RELEASE_UNSIGNED", "1 of 2", "publish", repo);
  await done("sign", repo, "--key", at("spare/dora"));
  await done("publish", repo);
  await early.refresh(source, never);
  expect(await early.target("florenetes-node_0.1.1_amd64.deb")).toBeDefined();
});

test("with too few keys left a new repository begins, which readers take that were given its first root, and begin anew", async () => {
  await publishFirst();
  await done("refresh", repo);
  const known = mkdtempSync(at("known-"));
  const readRoot = (): Buffer => readFileSync(join(repo, "published/metadata/1.root.json"));
  const open = (folder: string, firstRoot: Buffer): RepositoryReader => new RepositoryReader({ folder, firstRoot });
  const former = readRoot();
  await open(known, former).refresh(new FolderSource(join(repo, "published")), never);
  const run = await flor("fabric", "init", "--cluster", "demo", "--operators", "dora,erik", "--out", at("heirs"));
  expect(run.code, run.err).toBe(0);
  repo = join(mkdtempSync(at("next-")), "repository");
  const heirs = ["dora", "erik"].map((name) => at("heirs", name));
  await done("init", repo, "--cluster", "demo", "--keys", heirs.map((key) => join(key, "update")).join(","));
  await done("add", repo, "--packages", at("second"), "--channel", "stable");
  for (const key of heirs) await done("sign", repo, "--key", key);
  await done("publish", repo);
  const source = new FolderSource(join(repo, "published"));
  // A reader is led over by nobody who has not given it another root.
  await expect(open(known, former).refresh(source, never)).rejects.toMatchObject({ code: "ERR_RELEASE_SIGNATURES" });
  await expect(open(mkdtempSync(at("fresh-")), former).refresh(source, never)).rejects.toMatchObject({
    code: "ERR_RELEASE_SIGNATURES",
  });
  rmSync(known, { recursive: true });
  const next = open(known, readRoot());
  await next.refresh(source, never);
  expect(await next.target("florenetes-node_0.1.1_amd64.deb")).toBeDefined();
});
