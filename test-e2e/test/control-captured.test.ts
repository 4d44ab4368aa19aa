/*
 *   b ───── a ───── c     Debian's Chromium asks on a, and somebody who has captured the replica changes its answers on their way
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Envelope, readEnvelope, recordIdOf, writeEnvelope, writeRecordText } from "@florenetes/facts";
import { requestAdmin } from "@florenetes/process-kit";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { hasBrowser, openBrowser } from "../src/browser.ts";
import { CapturedAnswers } from "../src/captured-answers.ts";
import { ConsolePage } from "../src/console-page.ts";
import { type ControlAnswer, ControlFabric, REPLICAS } from "../src/control-fabric.ts";
import { flor } from "../src/executables.ts";
import { PATIENCE } from "../src/patience.ts";

/** A record of a service, by two operators each. */
interface Made {
  readonly id: string;
  readonly envelope: Envelope;
  readonly copies: readonly string[];
}

describe.skipIf(!hasBrowser("a captured replica in a browser"))("a captured replica", () => {
  const base = mkdtempSync(join(tmpdir(), "flor-captured-"));
  let control: ControlFabric;
  let browser: Browser;
  let captured: CapturedAnswers;

  beforeAll(async () => {
    control = await ControlFabric.open({ logs: REPLICAS });
    browser = await openBrowser();
    captured = await CapturedAnswers.start(control.addresses.alice);
  });
  afterAll(async () => {
    captured?.[Symbol.dispose]();
    await browser?.close();
    await control?.[Symbol.asyncDispose]();
    rmSync(base, { recursive: true, force: true });
  });

  const made = (name: string, host: string): Made => {
    const envelope = readEnvelope(control.fabric.signService(name, [host])) as Envelope;
    const { payload, signatures } = envelope;
    const copies = signatures.map((signature) => writeRecordText(writeEnvelope({ payload, signatures: [signature] })));
    return { id: recordIdOf(payload), envelope, copies };
  };
  const bring = (path: string, body: string): Promise<ControlAnswer> =>
    control.ask(path, "alice", { method: "POST", body, headers: { "content-type": "text/plain" } });
  const proposalsOn = (shown: ConsolePage): Promise<string> =>
    shown.page
      .getByRole("region", { name: "proposals" })
      .locator("tbody")
      .innerText({ timeout: 1_000 })
      .catch(() => "");

  test("its page has other words than the record: the terminal of a signer shows those that he would sign", async () => {
    const [harmless, evil] = [made("harmless", "c"), made("evil", "b")];
    expect((await bring("/v1/proposals", evil.copies[0]!)).status).toBe(201);
    captured.change = (text) => text.replaceAll("service evil", "service harmless");
    await using shown = await ConsolePage.open(browser, `${captured.address}/`);
    await expect.poll(() => proposalsOn(shown), PATIENCE).toMatch(/^service harmless/);

    const file = join(base, "sign.fact");
    writeFileSync(file, await (await fetch(`${captured.address}/v1/proposals/${evil.id}/record`)).text());
    await flor("fabric", "key", "new", "--name", "eve", "--out", join(base, "eve"));
    const signed = await flor("fabric", "sign", file, "--key", join(base, "eve"));
    expect(signed.stdout).toContain("evil");
    expect(signed.stdout).not.toContain("harmless");
    // Another replica, or this one over another way, says what waits.
    await using other = await ConsolePage.open(browser, `${control.addresses.alice}/`);
    await expect.poll(() => proposalsOn(other), PATIENCE).toMatch(/^service evil/);

    // Signatures for one record are none for another, and what was signed for one is brought to no other.
    const { payload } = evil.envelope;
    const mixed = writeRecordText(writeEnvelope({ payload, signatures: harmless.envelope.signatures }));
    expect((await bring("/v1/proposals", mixed)).status).toBeGreaterThanOrEqual(400);
    expect((await bring(`/v1/proposals/${harmless.id}/signatures`, readFileSync(file, "utf8"))).status).toBe(404);
    expect((await control.ask(`/v1/proposals/${evil.id}`)).body).toMatchObject({
      proposal: { state: "waits", signed: [expect.any(String)] },
    });
  });

  test("it serves yesterday's page, and hides entries: another replica shows the difference", async () => {
    const { id, copies } = made("later", "c");
    captured.change = (text) => text;
    await using shown = await ConsolePage.open(browser, `${captured.address}/`);
    await using other = await ConsolePage.open(browser, `${control.addresses.alice}/`);
    await bring("/v1/proposals", copies[0]!);
    for (const page of [shown, other])
      await expect.poll(() => proposalsOn(page), PATIENCE).toMatch(/service later\s+waits/);
    // The page is told that it is up to date, and nothing that is new.
    captured.change = (text) => (text.startsWith("event: sections") ? undefined : text);
    expect((await bring(`/v1/proposals/${id}/signatures`, copies[1]!)).status).toBe(200);
    await expect.poll(() => proposalsOn(other), PATIENCE).toMatch(/service later\s+published/);
    expect(await proposalsOn(shown)).toMatch(/service later\s+waits/);
    expect(await shown.age()).toBe("Up to date.");

    captured.change = (text, path) => (path.startsWith("/v1/proposals") ? '{"items":[],"next":null}' : text);
    const hidden = (await (await fetch(`${captured.address}/v1/proposals`)).json()) as { readonly items: unknown[] };
    expect(hidden.items).toEqual([]);
    const told = (await control.ask("/v1/proposals")).body["items"] as readonly { readonly id: string }[];
    expect(told.map((each) => each.id)).toContain(id);
  });

  /** `flor fabric log verify` of a copy of the log. */
  const verify = (file: string, ...more: readonly string[]): ReturnType<typeof flor> => {
    const root = join(dirname(control.fabric.configFile("b")), "root.fact");
    return flor("fabric", "log", "verify", "--sqlite", file, "--root", root, ...more);
  };
  const logOf = (node: string): string => join(dirname(control.fabric.configFile(node)), "fabric-state/log-main.db");
  /** A copy of b's log, in which somebody has deleted entries. */
  const copyWithout = (name: string, where: string): string => {
    const file = join(base, name);
    using original = new DatabaseSync(logOf("b"), { readOnly: true });
    original.exec(`VACUUM INTO '${file}'`);
    using copy = new DatabaseSync(file);
    copy.exec(`DELETE FROM entries WHERE ${where}; DELETE FROM posts`);
    return file;
  };

  test("it hides entries of the log, or serves yesterday's: `flor fabric log verify` says which, by a checkpoint of another node", async () => {
    const { fabric } = control;
    await fabric.publish("b", [fabric.signLogPolicy(["b"]), fabric.signService("yesterday", ["c"])]);
    const confirmed = await vi.waitFor(async () => {
      const { facts } = (await requestAdmin(fabric.adminOf("c"), "/facts?kind=checkpoint")) as {
        readonly facts: readonly { readonly proof: string; readonly body: { readonly index: number } }[];
      };
      expect(facts).toHaveLength(1);
      return facts[0]!;
    }, PATIENCE);
    const checkpoint = join(base, "checkpoint.fact");
    writeFileSync(checkpoint, confirmed.proof);
    for (const name of ["today", "last"]) await fabric.publish("b", [fabric.signService(name, ["c"])]);

    // Its page lacks an entry, and says that nothing is missing.
    captured.change = (text, path) => {
      if (!path.startsWith("/v1/log/entries")) return text;
      const { items, ...page } = JSON.parse(text) as { items: { record: { subject: string } | null }[] };
      return JSON.stringify({ ...page, items: items.filter(({ record }) => record?.subject !== "today") });
    };
    const last = (): Promise<{ items: unknown[]; gaps: unknown[]; asOf: { replica: string } }> =>
      fetch(`${captured.address}/v1/log/entries`).then((answer) => answer.json() as never);
    const subjects = async (): Promise<string> => JSON.stringify((await last()).items);
    await expect.poll(subjects, { ...PATIENCE, interval: 1_000 }).toContain('"subject":"last"');
    const shown = await last();
    expect([shown.gaps, JSON.stringify(shown.items)]).toEqual([[], expect.not.stringContaining('"subject":"today"')]);
    const { head, findings } = JSON.parse((await verify(logOf(shown.asOf.replica), "--json")).stdout) as {
      head: { index: number };
      findings: readonly unknown[];
    };
    expect([head.index - shown.items.length, findings]).toEqual([1, []]);

    // Its node gives away a copy of the log that lacks it, or all that came later.
    const { index } = confirmed.body;
    expect(await verify(copyWithout("whole.db", "false"), "--checkpoint", checkpoint)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/the log is whole$/m),
    });
    expect(await verify(copyWithout("hidden.db", `entry = ${index + 1}`), "--checkpoint", checkpoint)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^fault entry \d+: missing \[ERR_LOG_MISSING\]\n {4}Put the store right/m),
    });
    expect(await verify(copyWithout("older.db", `entry >= ${index}`), "--checkpoint", checkpoint)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^fault entry \d+: older \[ERR_LOG_OLDER\]\n {4}Bring back the newer state/m),
    });
  });
});
