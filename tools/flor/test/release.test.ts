import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { bodyOf, readRecordTexts } from "@florenetes/facts";
import { requireRecord } from "@florenetes/facts/authoring";
import { downloadTarget, FolderSource } from "@florenetes/releases";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { bundled } from "./bundled.ts";
import { openReleaseScene } from "./release-scene.ts";
import { flor } from "./run-flor.ts";

const scene = openReleaseScene();
const { at, done, expectRefused, keysOf, packages, publishFirst, reader, release, sign } = scene;
const DAY_MS = 86_400_000;
const never = new AbortController().signal;
const recordOf = (file: string): ReturnType<typeof requireRecord> =>
  requireRecord(readRecordTexts(readFileSync(file, "utf8"))![0]!);
let repo = "";

beforeEach(() => {
  repo = scene.repo;
});
afterEach(() => void vi.useRealTimers());

test("a repository is made, filled, signed by two of three and published, and a node reads it", async () => {
  await done("add", repo, "--packages", at("first"), "--channel", "stable", "--stage", "100", "--deadline", "14d");
  await expectRefused("ERR_FLOR_RELEASE_UNSIGNED", "root 1 (0 of 2)", "publish", repo);
  const shown = await sign("alice");
  expect(shown).toContain("florenetes-node_0.1.0_amd64.deb sha256:");
  expect(shown).toContain("100");
  expect(shown).toMatch(/root and targets +2 of alice/);
  await expectRefused("ERR_FLOR_RELEASE_UNSIGNED", "targets 1 (1 of 2: alice)", "publish", repo);
  expect(readdirSync(join(repo, "published/metadata"))).toEqual([]);
  await sign("carol");
  expect((await done("show", repo)).out).toContain("2 of 2: alice, carol");
  const { out, err } = await done("publish", repo);
  expect(out).toContain("root 1, targets 1");
  expect(err).toContain("flor fabric publish");
  expect((await done("show", repo)).out).toMatch(/channel stable +0\.1\.0, stage 100, epoch 1/);

  const record = recordOf(join(repo, "records/stable.fact"));
  expect(record).toMatchObject({ authority: "update", kind: "release", subject: "stable", cluster: "demo" });
  expect(bodyOf(record, "release")).toMatchObject({ version: "0.1.0", stage: 100, rollback: { lowest: "0" } });
  const node = reader();
  const source = new FolderSource(join(repo, "published"));
  await node.refresh(source, never);
  for (const { name, version, arch, sha256 } of bodyOf(record, "release")!.packages) {
    const target = (await node.target(`${name}_${version}_${arch}.deb`))!;
    expect(target.sha256).toBe(sha256);
    const file = join(mkdtempSync(at("node-")), "package.deb");
    await downloadTarget(target, source, file, { signal: never });
    expect(readFileSync(file, "utf8")).toContain(`${name.replace("florenetes-", "")} 0.1.0`);
  }
  const inspected = await flor(
    "fabric",
    "inspect",
    join(repo, "records/stable.fact"),
    "--root",
    at("fabric", "root.fact"),
  );
  expect(inspected.out).toContain("it holds");
});

test("a second release follows the first, and may say how stages rise and how far nodes may go back", async () => {
  await publishFirst("--stage", "10000");
  const rule = "steps=100,1000,10000,whole=9500,back=100,hold=1h";
  const options = ["--rule", rule, "--leaves", "x,y", "--contract", "feed:1:3", "--rollback-for", "7d"];
  await done("add", repo, "--packages", at("second"), "--channel", "stable", ...options);
  await sign("alice", "bob");
  await done("publish", repo);
  const record = recordOf(join(repo, "records/stable.fact"));
  expect(record).toMatchObject({ epoch: 2 });
  expect(bodyOf(record, "release")).toMatchObject({
    version: "0.1.1",
    stage: 100,
    rule: { steps: [100, 1_000, 10_000], whole: 9_500, back: 100, hold: 3_600 },
    leaves: ["x", "y"],
    contracts: [{ of: "feed", lowest: 1, highest: 3 }],
    rollback: { lowest: "0" },
  });
  const node = reader();
  await node.refresh(new FolderSource(join(repo, "published")), never);
  expect(await node.target("florenetes-node_0.1.0_amd64.deb")).toBeDefined();
  expect(await node.target("florenetes-node_0.1.1_amd64.deb")).toBeDefined();
});

test("the program as it is bundled publishes, with the libraries in it", async () => {
  await done("add", repo, "--packages", at("first"), "--channel", "stable");
  await sign("alice", "bob");
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundled("flor"), "release", "publish", repo], {
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  expect(stdout).toContain("root 1, targets 1");
});

describe("stages", () => {
  test("stage and stop propose the next record, and signers never sign two of one epoch", async () => {
    await publishFirst();
    expect(bodyOf(recordOf(join(repo, "records/stable.fact")), "release")).toMatchObject({ stage: 0 });
    expect((await done("stage", repo, "--channel", "stable", "--to", "2500")).out).toContain("0 -> 2500");
    await sign("alice");
    expect((await done("stop", repo, "--channel", "stable")).out).toContain("the body is the same");
    expect(recordOf(join(repo, "staged/stable.fact"))).toMatchObject({ epoch: 3 });
    await done("stage", repo, "--channel", "stable", "--to", "2500");
    await sign("alice", "bob");
    await done("publish", repo);
    expect(recordOf(join(repo, "records/stable.fact"))).toMatchObject({ epoch: 4, body: { stage: 2_500 } });
    await expectRefused("ERR_FLOR_RELEASE_NOTHING", "beta", "stop", repo, "--channel", "beta");
    await expectRefused("ERR_FLOR_USAGE", "10000", "stage", repo, "--channel", "stable", "--to", "10001");
  });

  test("the record that an agent has goes before the one that was published from here, and the agent gets the next", async () => {
    await publishFirst();
    const text = readFileSync(join(repo, "records/stable.fact"), "utf8");
    const socket = at("agent.sock");
    const got: string[] = [];
    const outcome = { id: null, outcome: "refused", reason: "contract", text: "it leaves node x behind" };
    const server = createServer((request, response) => {
      response.setHeader("content-type", "application/json");
      if (request.method === "GET") {
        got.push(request.url!);
        return void response.end(JSON.stringify({ facts: [{ proof: text }] }));
      }
      return void request
        .on("data", (chunk: Buffer) => got.push(chunk.toString("utf8")))
        .on("end", () => {
          response.end(JSON.stringify({ records: [outcome] }));
        });
    });
    await new Promise<void>((listening) => server.listen(socket, listening));
    try {
      rmSync(join(repo, "records/stable.fact"));
      await done("stage", repo, "--channel", "stable", "--to", "10", "--agent", socket);
      expect(got[0]).toContain("kind=release&subject=stable");
      await sign("alice", "bob");
      const refused = await release("publish", repo, "--agent", socket);
      expect(refused).toMatchObject({ code: 1, out: expect.stringContaining("it leaves node x behind") as unknown });
      expect(existsSync(join(repo, "staged/stable.fact"))).toBe(true);
      Object.assign(outcome, { outcome: "taken" });
      await done("publish", repo, "--agent", socket);
      expect(recordOf(join(repo, "records/stable.fact"))).toMatchObject({ epoch: 2, body: { stage: 10 } });
    } finally {
      server.close();
    }
  });
});

describe("daily files", () => {
  test("are signed anew after half of their life, and readers go on", async () => {
    await publishFirst();
    expect((await done("refresh", repo)).out).toContain("nothing to do");
    const later = Date.now() + 4 * DAY_MS;
    vi.useFakeTimers({ now: later, toFake: ["Date"] });
    const { out, err } = await done("refresh", repo);
    expect(out).toContain("signed anew");
    expect(err).toBe("");
    const node = reader(later + 6 * DAY_MS);
    await node.refresh(new FolderSource(join(repo, "published")), never);
    expect(await node.target("florenetes-node_0.1.0_amd64.deb")).toBeDefined();
  });

  test("and a release that are published at one time go after one another", async () => {
    await publishFirst();
    vi.useFakeTimers({ now: Date.now() + 4 * DAY_MS, toFake: ["Date"] });
    await done("add", repo, "--packages", at("second"), "--channel", "stable");
    await sign("alice", "bob");
    await Promise.all([done("refresh", repo), done("publish", repo), done("refresh", repo)]);
    const node = reader(Date.now());
    await node.refresh(new FolderSource(join(repo, "published")), never);
    expect(await node.target("florenetes-node_0.1.1_amd64.deb")).toBeDefined();
    expect((await done("show", repo)).out).toMatch(/timestamp +4,/);
  });

  test("cannot be renewed beyond what people have signed, which is told a month before", async () => {
    await publishFirst();
    vi.useFakeTimers({ now: Date.now() + 70 * DAY_MS, toFake: ["Date"] });
    const { err } = await done("refresh", repo);
    expect(err).toContain("The targets end at");
    vi.setSystemTime(Date.now() + 30 * DAY_MS);
    expect((await release("refresh", repo)).err).toContain("[ERR_RELEASE_EXPIRED]");
    await done("renew", repo);
    await sign("bob", "carol");
    expect((await done("publish", repo)).out).toContain("root 2, targets 2");
  });
});

test("a publication that is cut off at any file is a whole repository to readers, and is done again", async () => {
  await publishFirst();
  const before = at(`before-${Date.now()}`);
  cpSync(repo, before, { recursive: true });
  await done("add", repo, "--packages", at("second"), "--channel", "stable");
  await sign("alice", "bob");
  const staged = at(`staged-${Date.now()}`);
  cpSync(repo, staged, { recursive: true });
  await done("publish", repo);
  const order = ["2.targets.json", "2.snapshot.json"];
  for (let count = 0; count <= order.length; count++) {
    const cut = join(mkdtempSync(at("cut-")), "repository");
    cpSync(staged, cut, { recursive: true });
    for (const name of order.slice(0, count))
      cpSync(join(repo, "published/metadata", name), join(cut, "published/metadata", name));
    const node = reader();
    await node.refresh(new FolderSource(join(cut, "published")), never);
    expect(await node.target("florenetes-node_0.1.1_amd64.deb")).toBeUndefined();
    await done("publish", cut);
    await node.refresh(new FolderSource(join(cut, "published")), never);
    expect(await node.target("florenetes-node_0.1.1_amd64.deb")).toBeDefined();
  }
});

test("packages to which nobody may go back any more are pruned, and then their files", async () => {
  await publishFirst();
  await done("add", repo, "--packages", at("second"), "--channel", "stable");
  await sign("alice", "bob");
  await done("publish", repo);
  expect(await done("prune", repo)).toMatchObject({ out: "", err: "" });
  await done("add", repo, "--packages", at("second"), "--channel", "stable", "--rollback", "0.1.1");
  await sign("alice", "bob");
  await done("publish", repo);
  expect((await done("prune", repo)).out).toBe(
    "no more  florenetes-node_0.1.0_amd64.deb\nno more  florenetes-store_0.1.0_amd64.deb",
  );
  expect(readdirSync(join(repo, "published/targets"))).toHaveLength(4);
  await sign("bob", "carol");
  await done("publish", repo);
  expect((await done("prune", repo)).out).toMatch(/^deleted .*_0\.1\.0_amd64\.deb\ndeleted .*_0\.1\.0_amd64\.deb$/);
  const node = reader();
  await node.refresh(new FolderSource(join(repo, "published")), never);
  expect(await node.target("florenetes-node_0.1.0_amd64.deb")).toBeUndefined();
  expect(await node.target("florenetes-node_0.1.1_amd64.deb")).toBeDefined();
});

describe("what is no release", () => {
  test("is told with a code, and nothing is staged", async () => {
    const changed = packages("changed", "0.1.0", "node", "store");
    writeFileSync(join(changed, "florenetes-node_0.1.0_amd64.deb"), "!<arch>\ndebian-binary other");
    const noNode = packages("no-node", "0.1.0", "store");
    const garbage = packages("garbage", "0.1.0", "node");
    writeFileSync(join(garbage, "florenetes-node_0.1.0_amd64.deb"), "text");
    const two = packages("two", "0.1.0", "node");
    packages("two", "0.1.1", "node");
    const archs = packages("archs", "0.1.0", "node");
    cpSync(join(at("second"), "florenetes-node_0.1.1_amd64.deb"), join(archs, "florenetes-node_0.1.1_arm64.deb"));
    await publishFirst();
    const add = (folder: string): readonly string[] => ["add", repo, "--packages", folder, "--channel", "beta"];
    await expectRefused("ERR_FLOR_RELEASE_PACKAGES", "other octets under this name", ...add(changed));
    await expectRefused("ERR_FLOR_RELEASE_PACKAGES", "no package florenetes-node", ...add(noNode));
    await expectRefused("ERR_FLOR_RELEASE_PACKAGES", "no Debian package", ...add(garbage));
    await expectRefused("ERR_FLOR_RELEASE_PACKAGES", "are one package", ...add(two));
    await expectRefused("ERR_FLOR_RELEASE_PACKAGES", "several versions", ...add(archs));
    await expectRefused("ERR_FLOR_RELEASE_PACKAGES", "ENOENT", ...add(at("nothing")));
    await expectRefused("ERR_FLOR_USAGE", "steps=100", ...add(at("first")), "--rule", "steps=1");
    await expectRefused("ERR_FLOR_USAGE", "feed:1:3", ...add(at("first")), "--contract", "feed");
    await expectRefused("ERR_FABRIC_PROPOSAL", "rollback", ...add(at("first")), "--rollback", "no version");
    expect(readdirSync(join(repo, "staged"))).toEqual([]);
  });

  test("packages that are gone are not published, nor anything twice", async () => {
    await done("add", repo, "--packages", at("first"), "--channel", "stable");
    await sign("alice", "bob");
    await expectRefused("ERR_FLOR_RELEASE_NOTHING", "alice", "sign", repo, "--key", at("fabric/alice"));
    for (const name of readdirSync(join(repo, "published/targets"))) rmSync(join(repo, "published/targets", name));
    await expectRefused("ERR_FLOR_RELEASE_PACKAGES", "florenetes-node 0.1.0", "publish", repo);
    await done("add", repo, "--packages", at("first"), "--channel", "stable");
    await sign("alice", "bob");
    await done("publish", repo);
    await expectRefused("ERR_FLOR_RELEASE_NOTHING", "nothing is staged", "publish", repo);
  });

  test("no repository, and keys that make none", async () => {
    await expectRefused("ERR_FLOR_RELEASE_REPOSITORY", "repository.json", "show", at("first"));
    await expectRefused("ERR_FLOR_RELEASE_NOTHING", "published yet", "refresh", repo);
    writeFileSync(join(repo, "repository.json"), "{");
    await expectRefused("ERR_FLOR_RELEASE_REPOSITORY", "describes no", "show", repo);
    const init = ["init", at("refused"), "--cluster", "demo", "--keys"];
    await expectRefused("ERR_FLOR_USAGE", "twice", ...init, keysOf("alice", "alice"));
    await expectRefused(
      "ERR_FLOR_USAGE",
      "it takes 2 to 3",
      ...init,
      keysOf("alice", "bob", "carol"),
      "--threshold",
      "1",
    );
    await expectRefused(
      "ERR_FLOR_USAGE",
      "no name",
      "init",
      at("refused"),
      "--cluster",
      "../x",
      "--keys",
      keysOf("bob"),
    );
    expect(existsSync(at("refused"))).toBe(false);
  });
});
