/** A node that follows the lists of an issuer, which is in this process. */
import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { request, type RequestOptions } from "node:https";
import { join } from "node:path";
import type { Credentials } from "@florenetes/identity";
import { issueIdentity } from "@florenetes/identity/authority";
import type { EventFields, Logger } from "@florenetes/process-kit";
import { describe, expect, test } from "vitest";
import { ListFollower } from "../src/renewal/follow-lists.ts";
import { ca, EARLY, HOUR, identity, open, place, port, root, startIssuer, useIssuerFolder } from "./issuer-fixture.ts";

useIssuerFolder();

/** Follows with the identities in some folders; returns the codes that it logs. */
function follow(folders: readonly string[], staleAfterMs = HOUR): string[] {
  const codes: string[] = [];
  const note = ({ code }: EventFields): void => void codes.push(code);
  const log = { debug: note, info: note, warn: note, error: note } as unknown as Logger;
  const identities = folders.map((folder) => ({ folder, control: place("control.sock") }));
  const issuer = { host: "127.0.0.1", port };
  const config = { cluster: "demo", issuers: [issuer], doors: [], identities, staleAfterMs };
  const ending = new AbortController();
  const following = new ListFollower(issuer, config, log).run(ending.signal);
  open.push({
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      await following;
    },
  });
  return codes;
}

const listOf = (folder: string): string =>
  existsSync(join(folder, "crl.pem")) ? readFileSync(join(folder, "crl.pem"), "utf8") : "";
const revoke = (by: typeof ca, name: string): string => {
  identity(`user/${name}`, EARLY, by);
  by.revoke([{ principal: { cluster: "demo", kind: "user", name } }]);
  return readFileSync(join(by.folder, "crl.pem"), "utf8");
};

describe("a node that follows", () => {
  test("has what either CA publishes in all its folders, at once", async () => {
    await startIssuer();
    const folders = [identity("vertex/a", EARLY), identity("user/alice", EARLY)];
    const codes = follow(folders);
    const own = revoke(ca, "eve");
    for (const folder of folders) await expect.poll(() => listOf(folder)).toContain(own);
    const ofRoot = revoke(root, "mallory");
    copyFileSync(place("ca/crl.pem"), place("trust/crl.pem"));
    for (const folder of folders) await expect.poll(() => listOf(folder)).toContain(ofRoot);
    expect(codes).not.toContain("LISTS_NOT_TAKEN");
    expect(codes).not.toContain("LISTS_NOT_HEARD");
  });

  test("says that it hears nothing, goes on asking, and has the lists when the issuer is back", async () => {
    const folder = identity("vertex/a", EARLY);
    const codes = follow([folder], 1_000);
    await expect.poll(() => codes).toContain("LISTS_STALE");
    const list = revoke(ca, "eve");
    await startIssuer();
    await expect.poll(() => listOf(folder)).toContain(list);
    await expect.poll(() => codes).toContain("LISTS_HEARD");
    expect(codes.filter((code) => code === "LISTS_STALE")).toHaveLength(1);
  });

  test("asks with another of its identities where one is revoked", async () => {
    const list = revoke(root, "gone");
    writeFileSync(place("trust/crl.pem"), list);
    await startIssuer();
    const good = identity("vertex/a", EARLY);
    const codes = follow([place("ids/user/gone"), good]);
    await expect.poll(() => listOf(good)).toContain(list);
    expect(codes[0]).toBe("LISTS_NOT_HEARD");
  });

  test("takes nothing of a list that is not in order, says so, and goes on", async () => {
    await startIssuer();
    const folder = identity("vertex/a", EARLY);
    writeFileSync(place("trust/crl.pem"), "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n");
    const codes = follow([folder]);
    await expect.poll(() => codes).toContain("LISTS_NOT_TAKEN");
    expect(listOf(folder)).toBe("");
  });
});

describe("an issuer", () => {
  /** Asks for lists as a node does. */
  function ask(
    credentials: Credentials,
    known: string,
  ): { readonly answer: Promise<unknown>; readonly end: () => void } {
    const { certificateChainPem: cert, privateKeyPem, trustBundlePem } = credentials;
    const key = Buffer.from(privateKeyPem);
    const options: RequestOptions = {
      host: "127.0.0.1",
      port,
      path: "/lists",
      method: "POST",
      agent: false,
      cert,
      key,
    };
    const outgoing = request({ ...options, ca: trustBundlePem, rejectUnauthorized: false });
    outgoing.end(JSON.stringify({ chain: cert, request: "", known }));
    const answer = new Promise<unknown>((done, fail) => {
      outgoing.once("error", fail);
      outgoing.once("response", async (response) => {
        let text = "";
        for await (const chunk of response) text += String(chunk);
        done(JSON.parse(text));
      });
    });
    answer.catch(() => undefined);
    return { answer, end: () => outgoing.destroy() };
  }
  const issued = (name: string): Credentials =>
    issueIdentity(ca.authority, { kind: "vertex", name, days: 1 }, new Date());
  /** SHA-256 of nothing. */
  const NO_LISTS = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  test("holds one question of a key, answers the one before, and all when there are other lists", async () => {
    await startIssuer();
    const [a, b] = [issued("a"), issued("b")];
    const first = ask(a, NO_LISTS);
    const other = ask(b, NO_LISTS);
    // The question that came later: the issuer may read them in any order, but answers one of them.
    const second = ask(a, NO_LISTS);
    expect(await Promise.race([first.answer, second.answer])).toEqual({});
    const list = revoke(ca, "eve");
    const told = [first, second, other].map(({ answer }) => answer);
    expect((await Promise.all(told)).filter((answer) => Object(answer).lists === list)).toHaveLength(2);
  });

  test("forgets a question whose node goes away, and tells others", async () => {
    await startIssuer();
    const [a, b] = [issued("a"), issued("b")];
    const gone = ask(a, NO_LISTS);
    const stays = ask(b, NO_LISTS);
    gone.end();
    const list = revoke(ca, "eve");
    expect(await stays.answer).toEqual({ lists: list });
  });

  test("has room for renewals beside four hundred questions that wait", async () => {
    await startIssuer();
    const names = Array.from({ length: 400 }, (_, index) => `n${index}`);
    const waiting = names.map((name) => ask(issued(name), NO_LISTS));
    const { answer } = ask(issued("alice"), "other");
    expect(await answer).toEqual({ lists: "" });
    const list = revoke(ca, "eve");
    const answers = await Promise.all(waiting.map(({ answer }) => answer));
    expect(answers.filter((answer) => Object(answer).lists === list)).toHaveLength(names.length);
  });
});
