/*
 *   b ───── a ───── c     users without a node ask the replica on b over HTTPS, by the certificates of their identities; somebody stands in between
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Envelope, readEnvelope, recordIdOf, writeEnvelope, writeRecordText } from "@florenetes/facts";
import type { Lab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, openBrowser } from "../src/browser.ts";
import { ControlFabric } from "../src/control-fabric.ts";
import { ConsolePage } from "../src/console-page.ts";
import { flor, runToEnd } from "../src/executables.ts";
import { freePort } from "../src/free-port.ts";
import { hasMitmproxy, Mitmproxy } from "../src/mitmproxy.ts";
import { PATIENCE } from "../src/patience.ts";

type User = "alice" | "bob" | "mallory";

describe("the control API over HTTPS", () => {
  let folder: string;
  let control: ControlFabric;
  let site: string;
  const fileOf = (user: User, name: string): string => join(control.lab.identityFolder("a", `user/${user}`), name);

  /** The status and the body of an answer, and what curl says besides. */
  async function curl(user: User | undefined, path: string, ...more: readonly string[]): Promise<string> {
    const shown = user === undefined ? [] : ["--cert", fileOf(user, "chain.pem"), "--key", fileOf(user, "key.pem")];
    const argv = ["curl", "--silent", "--show-error", "--cacert", join(folder, "ca.pem"), ...shown, ...more];
    const { stdout, stderr } = await runToEnd([...argv, "--write-out", "\n%{http_code}", `${site}${path}`]);
    const [body, status] = stdout.split("\n").filter((line) => line !== "");
    return status === "200" ? `200 ${body}` : `${status} ${body} ${stderr}`;
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "control-https-"));
    const files = ["-keyout", join(folder, "ca-key.pem"), "-out", join(folder, "ca.pem")];
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    const of = ["-subj", "/CN=fabric.example", "-addext", "subjectAltName=DNS:localhost"];
    execFileSync("openssl", ["req", "-x509", ...key, ...of, "-days", "2", ...files], { stdio: "pipe" });
    const port = await freePort();
    site = `https://localhost:${port}`;
    const keys = (lab: Lab, node: string): Record<string, unknown> => {
      if (node !== "b") return {};
      const trust = lab.identityFolder("b", "vertex");
      const shown = { certificate: join(folder, "ca.pem"), key: join(folder, "ca-key.pem") };
      return { https: { listen: `tcp://127.0.0.1:${port}`, ...shown, trust } };
    };
    control = await ControlFabric.open({ keys });
  });
  afterAll(async () => {
    await control?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  test("answers each user by the rights of the principal that his certificate names", async () => {
    await expect.poll(() => curl("alice", "/v1/nodes"), PATIENCE).toMatch(/^200 .*"name":"a"/);
    expect(await curl("bob", "/v1/verdict")).toMatch(/^200 .*"isWhole":true/);
    expect(await curl("mallory", "/v1/verdict")).toMatch(/^403 .*ERR_CONTROL_READER.*/);
    expect(await curl(undefined, "/v1/verdict")).toMatch(/^403 .*shows no certificate.*ERR_CONTROL_CERTIFICATE/);
    expect((await control.status("b"))["https"]).toMatchObject({ refused: { NO_CERTIFICATE: 1 } });
    expect(await curl("alice", "/v1/audit")).toMatch(/^200 .*"principal":"user\/bob"/);
  });

  test("lets a page of another site do nothing with the certificate of a browser", async () => {
    expect(await curl("alice", "/v1/verdict", "--header", "origin: https://evil.example")).toMatch(
      /^403 .*ERR_CONTROL_FOREIGN_PAGE/,
    );
    expect(await curl("alice", "/v1/verdict", "--header", "host: evil.example")).toMatch(/^421 /);
  });

  test.skipIf(!hasBrowser("the console over HTTPS in a browser"))("shows the console to a browser", async () => {
    const browser = await openBrowser();
    try {
      const clientCertificates = [
        { origin: site, certPath: fileOf("alice", "chain.pem"), keyPath: fileOf("alice", "key.pem") },
      ];
      const context = await browser.newContext({ clientCertificates, ignoreHTTPSErrors: true });
      const page = await context.newPage();
      await page.goto(site);
      const verdict = (): Promise<string | null> => page.locator("#verdict").textContent();
      await expect.poll(verdict, PATIENCE).toMatch(/whole: 3 nodes/);
      await control.fabric.publish("a", [control.fabric.signService("nothing", ["a"])]);
      await expect.poll(verdict, PATIENCE).toMatch(/NOT WHOLE/);
      await control.fabric.publish("a", [control.fabric.signVoid("service", "nothing")]);
    } finally {
      await browser.close();
    }
  });

  const isBetween = hasMitmproxy("mitmproxy before the control API") && hasBrowser("mitmproxy before the control API");
  const WORDS = { from: "withdraw", to: "harmless" };
  const between = (name: string, target: string): Promise<Mitmproxy> => {
    mkdirSync(join(folder, name));
    return Mitmproxy.start(target, join(folder, name), WORDS);
  };

  test.skipIf(!isBetween)(
    "mitmproxy before HTTPS breaks the TLS: whoever goes on all the same is nobody to the replica",
    async () => {
      await using proxy = await between("mitm-https", site);
      const address = `https://localhost:${proxy.port}`;
      const shown = ["--cert", fileOf("alice", "chain.pem"), "--key", fileOf("alice", "key.pem")];
      const asked = ["curl", "--silent", "--show-error", ...shown, `${address}/v1/nodes`];
      const { code, stdout, stderr } = await runToEnd([...asked, "--cacert", join(folder, "ca.pem")]);
      expect([code, stdout, stderr]).toEqual([60, "", expect.stringContaining("certificate")]);
      // Her certificate is shown to the proxy, which has no key for it.
      expect((await runToEnd([...asked, "--insecure"])).stdout).toContain("ERR_CONTROL_CERTIFICATE");
      const browser = await openBrowser();
      try {
        const certificate = { certPath: fileOf("alice", "chain.pem"), keyPath: fileOf("alice", "key.pem") };
        const clientCertificates = [{ origin: address, ...certificate }];
        const context = await browser.newContext({ clientCertificates, ignoreHTTPSErrors: true });
        const page = await context.newPage();
        const response = await page.goto(address);
        expect([response?.status(), await page.content()]).toEqual([
          403,
          expect.stringContaining("ERR_CONTROL_CERTIFICATE"),
        ]);
      } finally {
        await browser.close();
      }
      expect(proxy.seen.match(/"code":"ERR_CONTROL_CERTIFICATE"/g)!.length).toBe(proxy.seen.match(/"code":/g)!.length);
      expect(proxy.seen).not.toMatch(/"nodes"|"items"|whole/);
    },
  );

  test.skipIf(!isBetween)(
    "mitmproxy before plain HTTP changes the words of a page, and not those that a signer's terminal shows",
    async () => {
      const { payload, signatures } = readEnvelope(control.fabric.signService(WORDS.from, ["b"])) as Envelope;
      const record = writeRecordText(writeEnvelope({ payload, signatures: signatures.slice(0, 1) }));
      const headers = { "content-type": "text/plain" };
      const brought = await control.ask("/v1/proposals", "alice", { method: "POST", body: record, headers });
      expect(brought.status).toBe(201);
      await using proxy = await between("mitm-http", control.addresses.alice);
      const address = `http://127.0.0.1:${proxy.port}`;
      const browser = await openBrowser();
      try {
        await using shown = await ConsolePage.open(browser, address);
        const proposals = shown.page.getByRole("region", { name: "proposals" });
        await expect.poll(() => proposals.textContent(), PATIENCE).toContain(`service ${WORDS.to}`);
        expect(await shown.page.textContent("main")).not.toContain(WORDS.from);
        await shown.keepPicture("console-changed-words", proposals);
      } finally {
        await browser.close();
      }
      const file = join(folder, "sign.fact");
      writeFileSync(file, await (await fetch(`${address}/v1/proposals/${recordIdOf(payload)}/record`)).text());
      await flor("fabric", "key", "new", "--name", "eve", "--out", join(folder, "eve"));
      const { stdout } = await flor("fabric", "sign", file, "--key", join(folder, "eve"));
      expect(stdout).toContain(WORDS.from);
      expect(stdout).not.toContain(WORDS.to);
    },
  );

  test("cuts off whom a revocation list names, without a reload, and goes on for others", async () => {
    const shown = ["--cert", fileOf("bob", "chain.pem"), "--key", fileOf("bob", "key.pem")];
    const argv = ["curl", "--silent", "--no-buffer", "--max-time", "60", "--cacert", join(folder, "ca.pem")];
    const events = runToEnd([...argv, ...shown, `${site}/v1/events`]);
    await expect.poll(async () => (await control.status("b"))["https"], PATIENCE).toMatchObject({ connections: 1 });
    control.lab.revoke("user/bob");
    const { code, stdout } = await events;
    expect(stdout).toContain("event: begin");
    // The stream had no end of its own: these are the codes of a connection that was cut.
    expect([18, 56]).toContain(code);
    expect(await curl("bob", "/v1/verdict")).toMatch(/^403 .*revoked/);
    expect(await curl("alice", "/v1/verdict")).toMatch(/^200 /);
  });
});
