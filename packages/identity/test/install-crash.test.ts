import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSoak } from "@florenetes/simkit";
import { afterAll, describe, expect, test } from "vitest";
import { createCa } from "../src/authority/ca/drivers/ca-folder.ts";
import { loadCredentials } from "../src/drivers/identity-folder.ts";
import { currentFile } from "../src/drivers/identity-files.ts";
import { openBundle, readBundleFile, writeBundleFile } from "../src/authority/enrollment/drivers/bundle-file.ts";
import { installBundle } from "../src/authority/enrollment/drivers/install-bundle.ts";
import { answerRequest, makeInvitation } from "../src/authority/enrollment/drivers/issue-bundle.ts";
import { renewIdentity, requestIdentity } from "../src/authority/enrollment/drivers/request-folder.ts";
import { readRequest } from "../src/authority/enrollment/request.ts";
import { IdentityError } from "../src/errors.ts";
import { watchChanges } from "./file-steps.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-install-crash-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const ca = createCa(join(base, "ca"), { cluster: "demo" });
const caFingerprint = ca.authority.fingerprint;
const alice = { cluster: "demo", kind: "user", name: "alice" } as const;

interface Scene {
  /** A folder in its state before the install. */
  readonly folder: string;
  readonly bundle: string;
  /** The files of the folder after a whole install. */
  readonly result: readonly string[];
}

/** The answer to a request, in a folder without an identity. */
function firstInstall(): Scene {
  const folder = join(base, "first");
  const { file } = requestIdentity(folder, alice);
  return { folder, bundle: answer(file, "first.bundle"), result: ["chain.pem", "crl-numbers", "key.pem", "trust.pem"] };
}

/** The answer to a request for another key, in a folder with an identity; the answer has a revocation list, and the folder an older one. */
function laterInstall(): Scene {
  const folder = join(base, "later");
  const before = join(base, "before.bundle");
  ca.makeRevocationList();
  writeBundleFile(before, makeInvitation(ca, alice).octets);
  installBundle(openBundle(readBundleFile(before)), folder, { caFingerprint });
  ca.makeRevocationList();
  const { file } = renewIdentity(folder);
  const result = ["chain.pem", "crl-numbers", "crl.pem", "key.pem", "trust.pem"];
  return { folder, bundle: answer(file, "later.bundle"), result };
}

function answer(requestFile: string, name: string): string {
  const bundle = join(base, name);
  writeBundleFile(bundle, answerRequest(ca, readRequest(readFileSync(requestFile, "utf8"))).octets);
  return bundle;
}

/** All that a process would read in the folder: the identity, or the reason why it cannot be read; and the revocation list. */
function seenIn(folder: string): string {
  const list = currentFile(folder, "crl.pem");
  const lists = existsSync(list) ? readFileSync(list, "utf8") : "none";
  try {
    const { fingerprint, privateKeyPem, trustBundlePem } = loadCredentials(folder);
    return JSON.stringify([fingerprint, privateKeyPem, trustBundlePem, lists]);
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    return `${error.code} ${lists}`;
  }
}

const scenes = { first: firstInstall(), later: laterInstall() };

describe.each(["first", "later"] as const)("the %s install", (name) => {
  const { folder: before, bundle, result } = scenes[name];
  let count = 0;

  /** A copy of the folder before the install. */
  const copy = (): string => {
    const folder = join(base, `${name}-${count++}`);
    cpSync(before, folder, { recursive: true });
    return folder;
  };
  const install = (folder: string): void =>
    void installBundle(openBundle(readBundleFile(bundle)), folder, { caFingerprint });
  const whole = copy();
  install(whole);
  const [old, next] = [seenIn(before), seenIn(whole)];

  /** Installs up to this many changes, as if killed then; returns the number of changes. */
  function installUntil(changesMax: number, folder: string): number {
    let changes = 0;
    const restore = watchChanges(
      () => {
        if (changes >= changesMax) throw new Error("dead");
      },
      () => void changes++,
    );
    try {
      install(folder);
    } catch {
      expect(changes).toBe(changesMax);
    } finally {
      restore();
    }
    return changes;
  }
  const changesOf = installUntil(Number.POSITIVE_INFINITY, copy());

  /** The sight of the folder after each number of changes, from none to all of them. */
  const states = Array.from({ length: changesOf + 1 }, (_, changes) => {
    const folder = copy();
    installUntil(changes, folder);
    return seenIn(folder);
  });
  const turn = states.indexOf(next);

  /** Numbers of changes to die after: about one in `step`, the last, and those around the change that makes the new identity valid; in a
   *  soak, all. */
  function deaths(step: number): number[] {
    const all = Array.from({ length: changesOf }, (_, index) => index + 1);
    const isChosen = (changes: number): boolean =>
      changes % step === 1 || changes === changesOf || Math.abs(changes - turn) <= 1;
    return isSoak ? all : all.filter(isChosen);
  }

  function expectWhole(folder: string): void {
    expect([old, next]).toContain(seenIn(folder));
  }

  function expectNextInstallWorks(folder: string): void {
    install(folder);
    expect(seenIn(folder)).toBe(next);
    expect(readdirSync(folder).toSorted()).toEqual(result);
    expect(statSync(join(folder, "key.pem")).mode & 0o777).toBe(0o600);
  }

  test("is one of the old and the new, and the two differ", () => {
    expect(old).not.toBe(next);
    expect(readdirSync(whole).toSorted()).toEqual(result);
    expect(changesOf).toBeGreaterThan(15);
  });

  test("leaves the old or the new when it is killed after a change", async () => {
    const killed = deaths(8).map((changes) => ({ changes, folder: copy() }));
    const program = new URL("./install-and-die.ts", import.meta.url).pathname;
    const seen: string[] = [];
    const run = (changes: number, folder: string): Promise<unknown[]> => {
      const args = [program, String(changes), bundle, folder, caFingerprint];
      // The first process, which is not killed, keeps the compiled program, so that the others start fast.
      const env = { ...process.env, NODE_COMPILE_CACHE: join(base, "compiled") };
      return once(spawn(process.execPath, args, { stdio: "ignore", env }), "exit");
    };
    expect(await run(0, copy())).toEqual([0, null]);
    async function killNext(): Promise<void> {
      for (let next = killed.shift(); next !== undefined; next = killed.shift()) {
        const { changes, folder } = next;
        expect(await run(changes, folder)).toEqual([null, "SIGKILL"]);
        seen.push(seenIn(folder));
        expectWhole(folder);
        expectNextInstallWorks(folder);
      }
    }
    await Promise.all([killNext(), killNext(), killNext()]);
    expect(seen).toContain(old);
    expect(seen).toContain(next);
  }, 120_000);

  test("goes from the old to the new at one change", () => {
    expect(states.slice(0, turn).every((state) => state === old)).toBe(true);
    expect(states.slice(turn).every((state) => state === next)).toBe(true);
  });

  test("may die again while it is finished", () => {
    for (const changes of deaths(4).filter((each) => each < changesOf)) {
      const folder = copy();
      installUntil(changes, folder);
      const between = seenIn(folder);
      for (const more of [1, 2 + (changes % 5), 8]) {
        installUntil(more, folder);
        expectWhole(folder);
        if (between === next) expect(seenIn(folder)).toBe(next);
      }
      expectNextInstallWorks(folder);
    }
  }, 60_000);
});
