/*
 *   b ───── a ───── c     Debian's Chromium on a opens the console of the control API through alice's tunnel, and bob's
 */
import { readFileSync, writeFileSync } from "node:fs";
import { type Envelope, readEnvelope, recordIdOf, writeEnvelope, writeRecordText } from "@florenetes/facts";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { hasBrowser, obstaclesOf, openBrowser } from "../src/browser.ts";
import { ConsolePage, SIZES } from "../src/console-page.ts";
import { type ControlAnswer, ControlFabric, REPLICAS } from "../src/control-fabric.ts";
import { PATIENCE } from "../src/patience.ts";

type Replica = (typeof REPLICAS)[number];

const WHOLE = /^whole: 3 nodes, 1 service,( \d+ routes?,)? told by the agent of [bc]$/;

describe.skipIf(!hasBrowser("the console of a fabric in a browser"))("the console of a fabric", () => {
  let control: ControlFabric;
  let browser: Browser;
  let shown: ConsolePage;

  beforeAll(async () => {
    control = await ControlFabric.open();
    browser = await openBrowser();
    await control.fabric.publish("a", [control.fabric.sign("budget", "lab", { limits: [{ of: "leases", most: 9 }] })]);
    // A page of budgets is as it was when it was opened.
    for (const node of REPLICAS)
      await vi.waitFor(async () => {
        const { body } = await control.askAt(node, "/v1/budgets");
        expect(body).toMatchObject({ items: [{ organization: "lab", limits: [{ used: expect.any(Number) }] }] });
      }, PATIENCE);
  });
  afterAll(async () => {
    await browser?.close();
    await control?.[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    shown = await ConsolePage.open(browser, control.addresses.alice);
    await expect.poll(verdict, PATIENCE).toMatch(WHOLE);
  });
  afterEach(() => shown[Symbol.asyncDispose]());

  const verdict = (): Promise<string | null> => shown.verdict();
  const replica = async (): Promise<Replica> => ((await verdict()) ?? "").at(-1) as Replica;

  test("shows a fabric that is whole, with a map and a table for each kind of thing", async () => {
    await expect.poll(() => shown.nodesNamed("good"), PATIENCE).toEqual(["a", "b", "c"]);
    await expect.poll(() => shown.page.locator("svg line.good").count(), PATIENCE).toBe(2);
    await expect
      .poll(() => shown.titles(), PATIENCE)
      .toEqual([
        "verdict",
        "map",
        "nodes",
        "load of nodes, with the last ten minutes",
        "load of links, by each end, with the last ten minutes",
        "services",
        "routes",
        "load of routes, with the last ten minutes",
        "who signs",
        "records that end next",
      ]);
    const services = shown.page.getByRole("region", { name: "services" }).locator("tbody tr");
    const rows = (): Promise<string[]> => services.allTextContents();
    await expect.poll(rows, PATIENCE).toEqual([expect.stringMatching(/^control-apiservedb, c/)]);
    await expect.poll(() => shown.age(), PATIENCE).toBe("Up to date.");
    await shown.keepPicture("console-fabric");
  });

  test("shows the load of all nodes, as they have reported it to the coordinator of this replica, with lines", async () => {
    const load = shown.page.getByRole("region", { name: "load of nodes" });
    const states = (): Promise<string[]> => load.locator("tbody td.good").allTextContents();
    await expect.poll(states, PATIENCE).toEqual(["reported", "reported", "reported"]);
    await expect.poll(() => load.locator("svg.trend polyline").count(), PATIENCE).toBeGreaterThanOrEqual(9);
    const links = shown.page.getByRole("region", { name: "load of links" });
    await expect.poll(() => links.locator("tbody th").allTextContents(), PATIENCE).toEqual(["a", "a", "b", "c"]);
    await expect.poll(() => links.locator("svg.trend polyline").count(), PATIENCE).toBeGreaterThanOrEqual(12);
  });

  test.each(SIZES)("can be used by everybody, $width pixels wide, $colorScheme", async (size) => {
    await shown.expectUsable(size, WHOLE);
  });

  test.each(
    SIZES.flatMap((size) => [
      { ...size, of: "audit", text: "user/alice" },
      { ...size, of: "budgets", text: "of 9" },
      { ...size, of: "releases", text: "No release is in force" },
      { ...size, of: "collections", text: "No collection is in force that you may see" },
      { ...size, of: "usage", text: "count that relays have carried, told by the agent of" },
    ]),
  )("its page of $of can be used by everybody, $width pixels wide", async ({ of, text, ...size }) => {
    const { page } = shown;
    const { colorScheme, ...place } = size;
    await page.setViewportSize(place);
    await page.emulateMedia({ colorScheme });
    await page.getByRole("link", { name: of }).click();
    await expect.poll(() => page.locator("main").textContent(), PATIENCE).toContain(text);
    expect(await obstaclesOf(page)).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(size.width);
    await page.getByRole("link", { name: "console" }).click();
    await expect.poll(verdict, PATIENCE).toMatch(WHOLE);
  });

  test("shows what has changed while the page is open", async () => {
    await control.fabric.publish("a", [control.fabric.signService("nothing", ["a"])]);
    await expect.poll(verdict, PATIENCE).toMatch(/^NOT WHOLE: 3 nodes, 2 services/);
    expect(await shown.findings()).toContain("service nothing is served by no host: a does not serve it");
    await expect.poll(() => shown.page.locator("td.bad").allTextContents(), PATIENCE).toContain("DOWN");
    await control.fabric.publish("a", [control.fabric.signVoid("service", "nothing")]);
    await expect.poll(verdict, PATIENCE).toMatch(WHOLE);
  });

  test("a proposal waits for its second signer in the page, with the command that signs it, until it is published", async () => {
    const { payload, signatures } = readEnvelope(control.fabric.signService("proposed", ["c"])) as Envelope;
    const copies = signatures.map((signature) => writeRecordText(writeEnvelope({ payload, signatures: [signature] })));
    const bring = (path: string, copy: string): Promise<ControlAnswer> =>
      control.ask(path, "alice", { method: "POST", body: copy, headers: { "content-type": "text/plain" } });
    const id = recordIdOf(payload);
    expect(await bring("/v1/proposals", copies[0]!)).toMatchObject({ status: 201 });
    const proposals = shown.page.getByRole("region", { name: "proposals" });
    const rows = (): Promise<string[]> => proposals.locator("tbody tr").allTextContents();
    await expect
      .poll(rows, PATIENCE)
      .toEqual([
        expect.stringMatching(`^service proposed.*1 more for control: .*flor fabric sign, on v1/proposals/${id}/`),
      ]);
    await shown.keepPicture("console-proposal", proposals);
    expect(await bring(`/v1/proposals/${id}/signatures`, copies[1]!)).toMatchObject({ status: 200 });
    await expect.poll(rows, PATIENCE).toEqual([expect.stringMatching(/^service proposedpublished/)]);
    await control.fabric.publish("a", [control.fabric.signVoid("service", "proposed")]);
    await expect.poll(verdict, PATIENCE).toMatch(WHOLE);
  });

  test("findings of the agent itself are shown to alice, and not to bob", async () => {
    const files = REPLICAS.map((node) => control.fabric.configFile(node));
    const configs = files.map((file) => readFileSync(file));
    for (const file of files) writeFileSync(file, "nothing: true\n");
    await using others = await ConsolePage.open(browser, control.addresses.bob);
    await expect.poll(() => shown.findings(), PATIENCE).toMatch(/the agent of [bc]: the config in .* is not in order/);
    expect(await verdict()).toMatch(/^NOT WHOLE/);
    await expect.poll(() => others.verdict(), PATIENCE).toMatch(WHOLE);
    expect(await others.findings()).not.toContain("config");
    for (const [at, file] of files.entries()) writeFileSync(file, configs[at]!);
    await expect.poll(verdict, PATIENCE).toMatch(WHOLE);
  });

  test("a replica is killed: the page goes on at the other one by itself, without being loaded again", async () => {
    const first = await replica();
    const other = first === "b" ? "c" : "b";
    // A page that was loaded again would remember nothing.
    await shown.page.evaluate(NOTE_AGES);
    shown.handleGone();
    await control.kill(first);
    await expect.poll(replica, PATIENCE).toBe(other);
    await expect.poll(() => shown.age(), PATIENCE).toBe("Up to date.");
    await expect.poll(() => shown.findings(), PATIENCE).toContain("service control-api is served by fewer hosts");
    await shown.keepPicture("console-replica-killed");
    await control.start(first);
    await expect.poll(() => shown.findings(), PATIENCE).not.toContain("control-api");
    const ages = await shown.page.evaluate<readonly string[]>("globalThis.ages");
    expect(ages.map((age) => age.split(":")[0])).toEqual(["STALE", "Up to date."]);
  });
});

/** Notes what the page says of its age from now on. */
const NOTE_AGES = `globalThis.ages = [];
  new MutationObserver(() => globalThis.ages.push(document.getElementById("age").textContent))
    .observe(document.getElementById("age"), { childList: true });`;
