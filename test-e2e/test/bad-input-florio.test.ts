/*
 *   a:  cluster-flor ══ FlorIO ══ a partner that speaks nonsense, where link-flor was
 *       link-flor    ══ FlorIO ══ the same, where cluster-flor was
 *
 *   Each process counts what it throws away by cause, says what is wrong with its partner, and attaches as soon as the right
 *   one is back.
 */
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Lab, type ProcessName, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterCounts, linkCounts } from "../src/counted.ts";
import { PATIENCE } from "../src/patience.ts";

const PARTNER = fileURLToPath(new URL("../src/attackers/florio_partner.py", import.meta.url));
/** The least number of frames of each kind of nonsense; chance says how many come. Frames of an unknown type come last. */
const MANY = 30;

let lab: Lab;

beforeAll(async () => {
  lab = await openLab({ cluster: "bad", nodes: { a: {}, b: {} }, links: [{ between: ["a", "b"] }] });
  for (const name of ["link-flor", "cluster-flor"] as const) lab.start("a", name);
});

afterAll(async () => {
  await lab?.down();
});

describe("cluster-flor", () => {
  test("says that its link vertex speaks another version of FlorIO, and goes on with the right one", async () => {
    await expect.poll(portalOfCluster, PATIENCE).toMatchObject({ state: "attached" });
    expect((await lab.status("a")).clusterFlor).toMatchObject({ principal: "vertex/a" });
    await lab.kill("a", "link-flor");
    await instead("link-flor", "version", async () => {
      await expect.poll(portalOfCluster, PATIENCE).toMatchObject({
        state: "refused",
        code: "FLORIO_VERSION",
        text: "the link vertex speaks version 2 of FlorIO, not 1: bring both programs to the same version",
      });
      const dropped = async () => (await clusterCounts(lab, "a")).drops.florio["framesDroppedVersion"];
      await expect.poll(dropped, PATIENCE).toBe(20);
      await expect.poll(() => refusals("cluster-flor"), PATIENCE).toEqual(["FLORIO_VERSION"]);
    });
    lab.start("a", "link-flor");
    await expect.poll(portalOfCluster, PATIENCE).toMatchObject({ state: "attached", code: "" });
  });

  test("counts random and truncated frames by cause, and goes on", async () => {
    await lab.kill("a", "link-flor");
    await instead("link-flor", "junk", async () => {
      const counts = async () => (await clusterCounts(lab, "a")).drops.florio;
      await expect.poll(async () => (await counts())["framesDroppedType"], PATIENCE).toBeGreaterThan(MANY);
      for (const cause of ["framesDroppedMalformed", "framesDroppedVersion"])
        await expect.poll(async () => (await counts())[cause], PATIENCE).toBeGreaterThan(MANY);
      // A frame whose handle names no link is kept for a moment first: the news of the link may be on its way.
      await expect.poll(async () => (await counts())["framesDroppedUnknownLink"], PATIENCE).toBeGreaterThan(MANY);
      const malformed = async () => (await clusterCounts(lab, "a")).portals[0]!.florio["messagesMalformed"];
      await expect.poll(malformed, PATIENCE).toBeGreaterThan(MANY);
    });
    lab.start("a", "link-flor");
    await expect.poll(portalOfCluster, PATIENCE).toMatchObject({ state: "attached", code: "" });
  });
});

describe("link-flor", () => {
  test.each([
    [
      "version",
      "FLORIO_VERSION",
      "the cluster vertex speaks version 2 of FlorIO, not 1: bring both programs to the same version",
    ],
    ["attach", "VERSION_UNSUPPORTED", "this link vertex speaks versions 1 to 1, not 9 to 9"],
  ])("says that its cluster vertex speaks another version: %s", async (what, code, text) => {
    await lab.kill("a", "cluster-flor");
    await instead("cluster-flor", what, async () => {
      await expect.poll(portalOfLink, PATIENCE).toMatchObject({ state: "refused", code, text });
      await expect.poll(async () => (await refusals("link-flor")).at(-1), PATIENCE).toBe(code);
    });
    lab.start("a", "cluster-flor");
    await expect.poll(portalOfLink, PATIENCE).toMatchObject({ state: "attached", code: "", text: "" });
  });

  test("counts random and truncated frames by cause, and goes on", async () => {
    await lab.kill("a", "cluster-flor");
    await instead("cluster-flor", "junk", async () => {
      const counts = async () => (await linkCounts(lab, "a")).portal.florio;
      await expect.poll(async () => (await counts())["framesDroppedType"], PATIENCE).toBeGreaterThan(MANY);
      for (const cause of ["framesDroppedMalformed", "framesDroppedVersion", "messagesMalformed"])
        await expect.poll(async () => (await counts())[cause], PATIENCE).toBeGreaterThan(MANY);
      const noLink = async () => (await linkCounts(lab, "a")).udp["packetsDroppedNoLink"];
      await expect.poll(noLink, PATIENCE).toBeGreaterThan(MANY);
    });
    lab.start("a", "cluster-flor");
    await expect.poll(portalOfLink, PATIENCE).toMatchObject({ state: "attached", code: "" });
    expect(lab.pids()).toHaveLength(2);
  });
});

/** Has the partner take a process's place while `look` looks. By then the partner has sent all its frames. */
async function instead(name: ProcessName, what: string, look: () => Promise<void>): Promise<void> {
  const [own, other] = [`${lab.folder}/a/run-link/bad.sock`, `${lab.folder}/a/run-cluster/florio.sock`];
  const paths = name === "link-flor" ? [own, other] : [other, own];
  const partner = lab.spawn("a", ["python3", "-B", PARTNER, ...paths, what], { stdio: ["pipe", "pipe", "inherit"] });
  await once(partner.stdout!, "data");
  try {
    await look();
  } finally {
    partner.stdin!.end();
    await once(partner, "exit");
  }
}

async function portalOfCluster(): Promise<unknown> {
  return (await lab.status("a")).clusterFlor?.portals[0];
}

async function portalOfLink(): Promise<unknown> {
  return (await linkCounts(lab, "a")).portal;
}

/** The reasons in a process's log for which it is not attached, in order. */
async function refusals(name: ProcessName): Promise<unknown[]> {
  const entries = (await lab.logs("a", name)).trimEnd().split("\n");
  return entries
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ code }) => code === "PORTAL_REFUSED")
    .map(({ reason }) => reason);
}
