import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadCredentials } from "@florenetes/identity";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundled } from "./bundled.ts";
import { flor, type Run } from "./run-flor.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-enrollment-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const at = (...names: readonly string[]): string => join(base, ...names);
const ca = at("ca");
const passphraseFile = at("passphrase");
let fingerprint = "";

beforeAll(async () => {
  writeFileSync(passphraseFile, "correct horse\n", { mode: 0o600 });
  fingerprint = await initCa("ca");
});

/** Makes a CA, and returns its fingerprint as the command prints it. */
async function initCa(name: string, cluster = "demo"): Promise<string> {
  const { out } = await flor("ca", "init", "--cluster", cluster, "--out", at(name));
  return /^fingerprint +(\S+)$/m.exec(out)![1]!;
}

async function good(...args: readonly string[]): Promise<Run> {
  const run = await flor(...args);
  expect({ args, ...run }).toEqual({ args, code: 0, out: run.out, err: run.err });
  return run;
}

describe("the commands as they are documented", () => {
  const page = readFileSync(new URL("../../../docs/operate/identity.md", import.meta.url), "utf8");

  /** Command lines in a part of the page, without `flor`. */
  const linesOf = (begin: string, end: string): string[][] =>
    page
      .slice(page.indexOf(begin), page.indexOf(end))
      .split("\n")
      .map((line) => /^ {4,}flor (.*)$/.exec(line)?.[1]?.split(" "))
      .filter((words) => words !== undefined);

  /** Runs a line in a folder of its own, with the answers that a person would give to its questions. */
  async function follow(folder: string, words: readonly string[], caFingerprint: string): Promise<void> {
    const isPath = (word: string, index: number): boolean =>
      /^--(?:ca|out|into|trust)$/.test(words[index - 1] ?? "") ||
      /\.(?:pem|bundle)$/.test(word) ||
      words[index - 1] === "renew";
    const place = (word: string): string => join(folder, word === "request.pem" ? "vertex/request/request.pem" : word);
    const answers: Readonly<Record<string, readonly string[]>> = {
      sign: ["--expect", "vertex/a"],
      invite: ["--passphrase-file", passphraseFile],
      install: ["--ca-fingerprint", caFingerprint, "--passphrase-file", passphraseFile],
    };
    await good(
      ...words.map((word, index) => (isPath(word, index) ? place(word) : word)),
      ...(answers[words[1]!] ?? []),
    );
  }

  test("make identities in every way, and renew one", async () => {
    const folder = at("as-documented");
    const caFingerprint = await initCa("as-documented/ca");
    const lines = linesOf("## Enrollment\n", "### Replacing a root");
    expect(lines.map(([group, command]) => `${group} ${command}`)).toEqual([
      "identity request",
      "ca sign",
      "identity install",
      "ca invite",
      "identity install",
      "ca issue",
      "identity renew",
      "ca sign",
      "identity install",
    ]);
    const fingerprints = new Set<string>();
    for (const words of lines) {
      await follow(folder, words, caFingerprint);
      if (words[1] === "install") fingerprints.add(loadCredentials(join(folder, words.at(-1)!)).fingerprint);
    }
    expect(fingerprints.size).toBe(3);
    for (const name of ["vertex", "alice", "web"]) expect((await good("inspect", join(folder, name))).err).toBe("");
    expect(readdirSync(join(folder, "vertex")).toSorted().join(" ")).toBe("chain.pem crl-numbers key.pem trust.pem");

    // A second root replaces the first, and the identity's folder stays.
    const next = join(folder, "ca-2");
    for (const words of linesOf("### Replacing a root", "### Algorithms")) {
      if (words[1] !== "sign") {
        await follow(folder, words, caFingerprint);
        continue;
      }
      const vertex = join(folder, "vertex");
      await good("identity", "renew", vertex);
      await follow(folder, words, caFingerprint);
      const { err } = await good("identity", "install", join(folder, words.at(-1)!), "--into", vertex);
      // The old CA's word brings the new root.
      expect(/is trusted from now on/.test(err)).toBe(words.includes(join("ca-2", "ca.pem")));
      expect(loadCredentials(vertex).trustBundlePem.split("BEGIN").length - 1).toBe(2);
    }
    const last = join(folder, "last.bundle");
    await good("identity", "renew", join(folder, "vertex"));
    const request = join(folder, "vertex/request/request.pem");
    await good("ca", "sign", request, "--ca", next, "--out", last, "--expect", "vertex/a");
    const { err } = await good("identity", "install", last, "--into", join(folder, "vertex"));
    expect(err).toContain(`${caFingerprint} is not trusted any more`);
  });

  test("in the help do the same", async () => {
    const folder = at("as-helped");
    const { out } = await flor("--help");
    const all = [...out.matchAll(/^ {2}\$ flor ((?:ca|identity) .*?)(?: {2,}.*)?$/gm)].map(([, line]) =>
      line!.split(" "),
    );
    // An issuer has tests of its own: `keep` needs one that runs.
    const lines = all.filter(([, command]) => command !== "keep");
    expect([all.length, lines.length]).toEqual([12, 11]);
    let caFingerprint = "";
    for (const words of lines) {
      await follow(folder, words, caFingerprint);
      if (words[1] === "init")
        caFingerprint = /fingerprint +(\S+)/.exec((await good("ca", "list", "--ca", join(folder, "ca"))).out)![1]!;
    }
    expect(readdirSync(folder).toSorted()).toEqual("a.bundle alice alice.bundle ca issuer-ca vertex web".split(" "));
  });
});

describe("a request", () => {
  test("tells whom and which key it is for, on both sides, and what comes next", async () => {
    const made = await good("identity", "request", "vertex", "told", "--cluster", "demo", "--out", at("told"));
    const request = at("told/request/request.pem");
    expect(made.out).toContain(request);
    expect(made.err).toContain(`flor identity install answer.bundle --into ${at("told")}`);
    const key = /^for the key +(sha256:[0-9a-f]{64})$/m.exec(made.out)![1]!;
    expect((await good("inspect", request)).out).toContain(key);
    const waiting = await flor("inspect", at("told"));
    expect(waiting).toMatchObject({ code: 2, out: expect.stringContaining(key) as unknown });
    expect(waiting.err).toContain("not installed yet [ERR_IDENTITY_FILE_MISSING]");
    const signed = await good("ca", "sign", request, "--ca", ca, "--out", at("told.bundle"), "--expect", "vertex/told");
    expect(signed.out).toMatch(
      new RegExp(`^request of +spiffe://demo/vertex/told\nfor the key +${key} \\(p256\\)$`, "m"),
    );
    expect(signed.out).toMatch(new RegExp(`^CA +${fingerprint}$`, "m"));
    const installed = await good(
      "identity",
      "install",
      at("told.bundle"),
      "--into",
      at("told"),
      "--ca-fingerprint",
      fingerprint,
    );
    expect(installed.err).toMatch(/config of link-flor/);
    await good("identity", "renew", at("told"), "--algorithm", "ed25519");
    expect((await good("inspect", at("told"))).out).toMatch(/for the key +sha256:[0-9a-f]{64} \(ed25519\)/);
    await good(
      "ca",
      "sign",
      request,
      "--ca",
      ca,
      "--out",
      at("told-2.bundle"),
      "--expect",
      "spiffe://demo/vertex/told",
      "--days",
      "5",
    );
    const renewed = await good("identity", "install", at("told-2.bundle"), "--into", at("told"));
    expect(renewed.err).toMatch(/kill -HUP.*drops nothing/);
    const { notAfter } = loadCredentials(at("told"));
    expect(Math.round((notAfter.getTime() - Date.now()) / 86_400_000)).toBe(5);

    await good("ca", "revoke", "vertex/told", "--ca", ca);
    const third = at("told-3.bundle");
    await good("ca", "invite", "vertex", "told", "--ca", ca, "--out", third, "--unsealed");
    const after = await good("identity", "install", third, "--into", at("told"));
    expect(after.err).toMatch(/The certificate that was there is revoked.*\n.*kill -HUP(?!.*drops nothing)/);
  });

  test("of openssl is answered, and the answer installed beside its key", async () => {
    if (spawnSync("openssl", ["version"]).status !== 0) return;
    mkdirSync(at("foreign"), { mode: 0o700 });
    const openssl = (...args: readonly string[]): Buffer =>
      execFileSync("openssl", args, { cwd: at("foreign"), stdio: ["ignore", "pipe", "pipe"] });
    openssl("genpkey", "-algorithm", "ED25519", "-out", "key.pem");
    openssl(
      "req",
      "-new",
      "-key",
      "key.pem",
      "-subj",
      "/",
      "-addext",
      "subjectAltName=URI:spiffe://demo/user/eve",
      "-out",
      "request.pem",
    );
    await good(
      "ca",
      "sign",
      at("foreign/request.pem"),
      "--ca",
      ca,
      "--out",
      at("foreign.bundle"),
      "--expect",
      "user/eve",
    );
    await good("identity", "install", at("foreign.bundle"), "--into", at("foreign"), "--ca-fingerprint", fingerprint);
    expect(loadCredentials(at("foreign")).principal.name).toBe("eve");
  });
});

describe("an invitation", () => {
  test("says what it means that it is not sealed, on both sides", async () => {
    const bundle = at("open.bundle");
    expect((await good("ca", "invite", "user", "open", "--ca", ca, "--out", bundle, "--unsealed")).err).toMatch(
      /is not sealed/,
    );
    expect(statSync(bundle).mode & 0o777).toBe(0o600);
    const { err } = await good("identity", "install", bundle, "--into", at("open"), "--ca-fingerprint", fingerprint);
    expect(err).toMatch(/was|is not sealed/);
    expect(err).toMatch(/config of cluster-flor/);
  });

  test("brings the revocation list", async () => {
    const caFingerprint = await initCa("listed");
    await good("ca", "crl", "--ca", at("listed"));
    await good("ca", "invite", "user", "alice", "--ca", at("listed"), "--out", at("listed.bundle"), "--unsealed");
    const { out } = await good(
      "identity",
      "install",
      at("listed.bundle"),
      "--into",
      at("listed-alice"),
      "--ca-fingerprint",
      caFingerprint,
    );
    expect(out).toMatch(/^revocation +list 1 of /m);
    expect(readFileSync(at("listed-alice/crl.pem"), "utf8")).toBe(readFileSync(at("listed/crl.pem"), "utf8"));
  });
});

describe("is refused, with a stable code and exit code 2, and nothing changes:", () => {
  const folder = at("a");
  const request = at("a/request/request.pem");
  const bundle = at("b.bundle");
  const never = at("never");
  beforeAll(async () => {
    await good("ca", "invite", "vertex", "a", "--ca", ca, "--out", at("a.bundle"), "--passphrase-file", passphraseFile);
    await good(
      "identity",
      "install",
      at("a.bundle"),
      "--into",
      folder,
      "--ca-fingerprint",
      fingerprint,
      "--passphrase-file",
      passphraseFile,
    );
    await good("identity", "renew", folder);
    await good("ca", "invite", "vertex", "b", "--ca", ca, "--out", bundle, "--unsealed");
    await initCa("elsewhere", "elsewhere");
    writeFileSync(at("empty"), "\n", { mode: 0o600 });
    writeFileSync(at("wrong"), "wrong horse", { mode: 0o600 });
    writeFileSync(at("broken.bundle"), readFileSync(bundle, "utf8").replace(/\n(.)/, "\n!"));
  });
  const install = ["identity", "install"];
  const other = `sha256:${"0".repeat(64)}`;
  const cases: readonly [string, readonly string[]][] = [
    ["ERR_FLOR_USAGE", ["identity"]],
    ["ERR_FLOR_USAGE", ["identity", "request", "robot", "x", "--cluster", "demo", "--out", never]],
    ["ERR_FLOR_USAGE", ["identity", "renew", folder, "--keep-key", "--algorithm", "p256"]],
    [
      "ERR_FLOR_USAGE",
      ["ca", "invite", "user", "x", "--ca", ca, "--out", never, "--unsealed", "--passphrase-file", "x"],
    ],
    ["ERR_IDENTITY_PRINCIPAL_SYNTAX", ["identity", "request", "user", "X", "--cluster", "demo", "--out", never]],
    ["ERR_IDENTITY_PRINCIPAL_SYNTAX", ["identity", "request", "user", "x", "--cluster", "../x", "--out", never]],
    ["ERR_IDENTITY_FOLDER_IN_USE", ["identity", "request", "vertex", "a", "--cluster", "demo", "--out", folder]],
    ["ERR_IDENTITY_REQUEST_PENDING", ["identity", "renew", folder]],
    ["ERR_IDENTITY_FILE_MISSING", ["identity", "renew", never]],
    ["ERR_FLOR_NO_TERMINAL", ["ca", "sign", request, "--ca", ca, "--out", never]],
    ["ERR_IDENTITY_WRONG_NAME", ["ca", "sign", request, "--ca", ca, "--out", never, "--expect", "vertex/b"]],
    ["ERR_IDENTITY_PRINCIPAL_SYNTAX", ["ca", "sign", request, "--ca", ca, "--out", never, "--expect", "a"]],
    [
      "ERR_IDENTITY_WRONG_CLUSTER",
      ["ca", "sign", request, "--ca", at("elsewhere"), "--out", never, "--expect", "vertex/a"],
    ],
    ["ERR_IDENTITY_PEM_BROKEN", ["ca", "sign", at("a.bundle"), "--ca", ca, "--out", never, "--expect", "vertex/a"]],
    ["ERR_IDENTITY_FILE_IN_USE", ["ca", "sign", request, "--ca", ca, "--out", bundle, "--expect", "vertex/a"]],
    [
      "ERR_IDENTITY_DAYS",
      ["ca", "sign", request, "--ca", ca, "--out", never, "--expect", "vertex/a", "--bundle-days", "0"],
    ],
    ["ERR_IDENTITY_DAYS", ["ca", "invite", "user", "x", "--ca", ca, "--out", never, "--unsealed", "--days", "0"]],
    ["ERR_IDENTITY_FILE_IN_USE", ["ca", "invite", "user", "x", "--ca", ca, "--out", bundle, "--unsealed"]],
    ["ERR_FLOR_NO_TERMINAL", ["ca", "invite", "user", "x", "--ca", ca, "--out", never]],
    [
      "ERR_IDENTITY_PASSPHRASE",
      ["ca", "invite", "user", "x", "--ca", ca, "--out", never, "--passphrase-file", at("empty")],
    ],
    ["ERR_FLOR_NO_TERMINAL", [...install, bundle, "--into", never]],
    ["ERR_FLOR_NO_TERMINAL", [...install, at("a.bundle"), "--into", folder]],
    ["ERR_IDENTITY_PASSPHRASE_WRONG", [...install, at("a.bundle"), "--into", folder, "--passphrase-file", at("wrong")]],
    ["ERR_IDENTITY_WRONG_NAME", [...install, bundle, "--into", folder]],
    ["ERR_IDENTITY_WRONG_KIND", [...install, bundle, "--into", never, "--expect", "user/b", "--ca-fingerprint", other]],
    ["ERR_IDENTITY_BUNDLE_CA", [...install, bundle, "--into", never, "--ca-fingerprint", other]],
    ["ERR_IDENTITY_FINGERPRINT", [...install, bundle, "--into", never, "--ca-fingerprint", "sha256:abc"]],
    ["ERR_IDENTITY_BUNDLE_BROKEN", [...install, at("broken.bundle"), "--into", never, "--ca-fingerprint", other]],
    ["ERR_IDENTITY_BUNDLE_BROKEN", [...install, request, "--into", never, "--ca-fingerprint", other]],
    ["ERR_IDENTITY_FILE_MISSING", [...install, never, "--into", never, "--ca-fingerprint", other]],
  ];

  test.each(cases)("%s: %j", async (code, args) => {
    const before = [...contentOf(folder), ...contentOf(ca)];
    const { code: exitCode, err } = await flor(...args);
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: expect.stringContaining(`[${code}]`) as unknown });
    expect([...contentOf(folder), ...contentOf(ca)]).toEqual(before);
    expect(existsSync(never)).toBe(false);
  });

  test("and names the bundle that is for another", async () => {
    expect((await flor(...install, bundle, "--into", folder)).err).toContain(`${bundle}: expected the name "a"`);
  });

  function contentOf(top: string): string[] {
    const files = readdirSync(top, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return files.map(({ parentPath, name }) => `${name} ${readFileSync(join(parentPath, name), "latin1")}`).toSorted();
  }
});

describe.skipIf(spawnSync("script", ["--version"]).status !== 0)("at a terminal", () => {
  /** Runs a command line in a terminal, and types an answer to each question when it comes. */
  async function talk(
    args: readonly string[],
    ...answers: readonly [question: RegExp, answer: string][]
  ): Promise<Run> {
    const command = [process.execPath, bundled("flor"), ...args].join(" ");
    const child = spawn("script", ["-qec", command, "/dev/null"], { stdio: ["pipe", "pipe", "inherit"] });
    const left = [...answers];
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString("utf8");
      const [question, answer] = left[0] ?? [];
      if (question === undefined || !question.test(out.slice(out.lastIndexOf("\0") + 1))) return;
      left.shift();
      out += "\0";
      child.stdin.write(`${answer}\r`);
    });
    const [code] = (await once(child, "exit")) as [number];
    child.stdin.end();
    expect(left).toEqual([]);
    return { code, out, err: "" };
  }

  test("questions are asked and answered, and passphrases are not shown", async () => {
    const bundle = at("typed.bundle");
    const into = at("typed");
    const secret = "open-sesame";
    const invited = await talk(
      ["ca", "invite", "user", "typed", "--ca", ca, "--out", bundle],
      [/New passphrase of the bundle: $/, secret],
      [/The same once more: $/, secret],
    );
    expect(invited.code).toBe(0);
    expect(invited.out).not.toContain(secret);
    const installing = ["identity", "install", bundle, "--into", into];
    const refused = await talk(installing, [/Passphrase of the bundle: $/, secret], [/\(yes\/no\) $/, "no"]);
    expect(refused.code).toBe(1);
    expect(refused.out).toContain(fingerprint);
    expect(existsSync(into)).toBe(false);
    const installed = await talk(installing, [/Passphrase of the bundle: $/, secret], [/\(yes\/no\) $/, "yes"]);
    expect(installed.code).toBe(0);
    expect(loadCredentials(into).principal.name).toBe("typed");
  }, 60_000);

  test("a request is signed by a yes", async () => {
    await good("identity", "request", "user", "asked", "--cluster", "demo", "--out", at("asked"));
    const signing = ["ca", "sign", at("asked/request/request.pem"), "--ca", ca, "--out", at("asked.bundle")];
    expect(await talk(signing, [/\(yes\/no\) $/, ""])).toMatchObject({ code: 1 });
    expect(existsSync(at("asked.bundle"))).toBe(false);
    expect(await talk(signing, [/\(yes\/no\) $/, "yes"])).toMatchObject({ code: 0 });
  }, 60_000);
});
