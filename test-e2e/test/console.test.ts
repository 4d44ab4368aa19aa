/*
 *            ┌──── b ────┐
 *        a ──┤           ├── d          flor console shows it to Debian's Chromium
 *            └──── c ────┘
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MeshFileInput } from "@florenetes/mesh-file";
import { type Lab, openLab } from "@florenetes/meshlab";
import type { Browser, Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { hasBrowser, obstaclesOf, openBrowser } from "../src/browser.ts";
import { ConsolePage, SIZES } from "../src/console-page.ts";
import { florCommand } from "../src/executables.ts";
import { counted, linkAdminSockets, writeMeshFile } from "../src/lab-mesh-file.ts";
import { PATIENCE } from "../src/patience.ts";
import { untilSaid } from "../src/services.ts";

describe.skipIf(!hasBrowser("the console in a browser"))("flor console", () => {
  let base: string;
  let lab: Lab;
  let shown: ChildProcess;
  let address: string;
  let browser: Browser;
  let shownPage: ConsolePage;

  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), "flor-console-"));
    const input: MeshFileInput = {
      cluster: "shown",
      nodes: { a: {}, b: {}, c: {}, d: {} },
      links: [{ between: ["a", "b"] }, { between: ["a", "c"] }, { between: ["b", "d"] }, { between: ["c", "d"] }],
      services: { web: { node: "d", target: "tcp://127.0.0.1:8080", allow: ["user/alice"], "health-check": "off" } },
      tunnels: [
        { node: "a", listen: `unix:${base}/web.sock`, as: "user/alice", service: "web", path: ["a", "b", "d"] },
      ],
    };
    lab = await openLab(input, { randomBelow: counted() });
    const file = join(base, "mesh.yaml");
    await writeMeshFile(lab, input, file);
    await linkAdminSockets(lab, base);
    await lab.up();
    const [command = "", ...args] = florCommand();
    const via = `unix:${base}/{node}-{program}.admin`;
    shown = spawn(command, [...args, "console", file, "--via", via, "--every", "1"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    shown.stdout!.setEncoding("utf8").on("data", (part: string) => (text += part));
    await untilSaid(shown.stdout!, "until Ctrl-C");
    address = / is at (\S+) /.exec(text)![1]!;
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    if (shown?.exitCode === null && shown.signalCode === null) {
      const ended = once(shown, "exit");
      shown.kill("SIGKILL");
      await ended;
    }
    await lab?.down();
    await rm(base, { recursive: true, force: true });
  });

  beforeEach(async () => {
    shownPage = await ConsolePage.open(browser, address);
  });
  afterEach(() => shownPage[Symbol.asyncDispose]());

  const verdict = (): Promise<string | null> => shownPage.verdict();

  test("shows a mesh that is well, with a map and a table for each kind of thing", async () => {
    await expect.poll(verdict, PATIENCE).toBe("whole: cluster shown, 4 nodes, 4 links, 1 tunnel, 1 service");
    expect(await shownPage.nodesNamed("good")).toEqual(["a", "b", "c", "d"]);
    expect(await shownPage.page.locator("svg line.good").count()).toBe(4);
    expect(await shownPage.titles()).toEqual([
      "verdict",
      "map",
      "nodes",
      "links, each by the words of both its ends",
      "tunnels, and services of data sessions",
      "services",
      "load of nodes, with the last ten minutes",
      "load of links, by each end, with the last ten minutes",
    ]);
    await expect.poll(() => shownPage.age(), PATIENCE).toBe("Up to date.");
  });

  test("shows what has changed while the page is open, and keeps the reader's place", async () => {
    await expect.poll(verdict, PATIENCE).toMatch(/^whole/);
    const table = shownPage.page.getByRole("region", { name: "nodes", exact: true });
    await table.focus();
    await lab.kill("c", "link-flor");
    await expect.poll(verdict, PATIENCE).toMatch(/^NOT WHOLE: .*node c: link-flor does not answer/);
    expect(await shownPage.nodesNamed("bad")).toEqual(["c"]);
    await expect.poll(() => shownPage.page.locator("svg line.bad").count(), PATIENCE).toBe(2);
    await shownPage.keepPicture("console-relay-down");
    expect(await shownPage.page.evaluate("document.activeElement.ariaLabel")).toBe("nodes");
    lab.start("c", "link-flor");
    await expect.poll(verdict, PATIENCE).toMatch(/^whole/);
  });

  const load = (): Locator => shownPage.page.getByRole("region", { name: /^load of nodes/ });

  test("shows what each node carries, with a line of its last values, and which node tells nothing", async () => {
    const client = connect(`${base}/web.sock`);
    client.on("error", () => undefined);
    const begun = (): Promise<string | null> =>
      load().locator("tr", { hasText: /^a/ }).locator("td").nth(2).textContent();
    await expect.poll(begun, PATIENCE).toMatch(/ \d/);
    // The target is not there: so each workload connection is refused.
    const refused = (): Promise<string | null> =>
      load().locator("tr", { hasText: /^a/ }).locator("td").nth(3).textContent();
    const again = setInterval(() => connect(`${base}/web.sock`).on("error", () => undefined), 300);
    await expect
      .poll(refused, PATIENCE)
      .toMatch(/\/s \(most: TARGET_DOWN\)$/)
      .finally(() => clearInterval(again));
    client.destroy();
    expect(await load().locator("svg.trend polyline").count()).toBeGreaterThan(4);
    await shownPage.keepPicture("console-load", load());
    await lab.kill("d", "cluster-flor");
    const told = (): Promise<string | null> => load().locator("tr", { hasText: /^d/ }).textContent();
    await expect.poll(told, PATIENCE).toMatch(/^dUNKNOWN.*no figures of cluster-flor: /);
    lab.start("d", "cluster-flor");
    await expect.poll(verdict, PATIENCE).toMatch(/^whole/);
  });

  test("traces a tunnel when its reader asks for it, by keyboard alone", async () => {
    const { page } = shownPage;
    await expect.poll(verdict, PATIENCE).toMatch(/^whole/);
    await page.getByRole("link", { name: "trace a path" }).press("Enter");
    await page.getByLabel("Tunnel or path").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator("main p").first().textContent(), PATIENCE).toMatch(/^TARGET DOWN: /);
    const rows = await page.locator("tbody tr").allTextContents();
    expect(rows).toEqual([
      expect.stringMatching(/^0aasksb, up$/),
      expect.stringMatching(/^1\d+banswerssigned0 of 3.* msd, up$/),
      expect.stringMatching(/^2\d+danswerssigned0 of 3.* msservice web$/),
    ]);
    expect(await page.title()).toBe("trace, shown, Florenetes");
    await shownPage.keepPicture("console-trace");
  });

  test.each(SIZES)("its page of traces can be used by everybody, $width pixels wide, $colorScheme", async (size) => {
    const { page } = shownPage;
    const { colorScheme, ...place } = size;
    await page.setViewportSize(place);
    await page.emulateMedia({ colorScheme });
    await page.getByRole("link", { name: "trace a path" }).click();
    await page.getByRole("button", { name: "Trace it" }).click();
    await expect.poll(() => page.locator("tbody tr").count(), PATIENCE).toBe(3);
    expect(await obstaclesOf(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(size.width);
  });

  test.each(SIZES)("can be used by everybody, $width pixels wide, $colorScheme", async (size) => {
    await shownPage.expectUsable(size, /^whole/);
  });

  test("says that it is stale when the console stands still, and when it has ended", async () => {
    await expect.poll(verdict, PATIENCE).toMatch(/^whole/);
    const age = (): Promise<string | null> => shownPage.age();
    shown.kill("SIGSTOP");
    await expect.poll(age, PATIENCE).toMatch(/^STALE: /);
    shown.kill("SIGCONT");
    await expect.poll(age, PATIENCE).toBe("Up to date.");
    shownPage.handleGone();
    const ended = once(shown, "exit");
    shown.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    await expect.poll(age, PATIENCE).toMatch(/^STALE: /);
  });
});
