/*
 * Twelve nodes with agents in namespaces: two users, three relays that stand beside each other, two hosts, two coordinators, and three that keep the log in
 * an etcd of three members. A relay lies, a coordinator is captured, and at random all that may die does (docs/develop/chaos.md); `meshlab fabric` judges what programs saw
 */
import { hasEtcd } from "@florenetes/facts/testing";
import { programArguments } from "@florenetes/meshlab";
import { isSoak } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { runToEnd } from "../src/executables.ts";
import { hasPython } from "../src/link-vertices.ts";
import { isRoot } from "../src/root.ts";

const MINUTES = isSoak ? 30 : 0.25;
/** A slow machine needs minutes to start, and up to one to recover from each fault. */
const TIME_LIMIT_MS = (2 * MINUTES + 10) * 60_000;
const SEED = process.env["FLORENETES_SEED"] ?? "6048";

describe.skipIf(!hasEtcd || !isRoot || !hasPython("fabric-twelve"))("twelve nodes", () => {
  test("no stream is lost and no byte is wrong, whatever dies", { timeout: TIME_LIMIT_MS }, async () => {
    const words = ["fabric", "--minutes", String(MINUTES), "--seed", SEED];
    const { code, stdout, stderr } = await runToEnd(
      [process.execPath, ...programArguments("meshlab"), ...words],
      TIME_LIMIT_MS,
    );
    process.stdout.write(stdout);
    expect(code, `${stdout}\n${stderr}`).toBe(0);
  });
});
