import { expect, onTestFinished, test } from "vitest";
import { Identities } from "../quic-link/identities.ts";
import { LinkProcess, until } from "./link-process.ts";
import { searchMemory } from "./memory-search.ts";

const ids = new Identities();

async function start(name: string): Promise<{ link: LinkProcess; key: Uint8Array }> {
  const identity = ids.issue(name);
  const link = await LinkProcess.start([{ cluster: "demo", identity }]);
  onTestFinished(() => link.dispose());
  return { link, key: textOf(identity.privateKeyPem) };
}

/** From the middle of a key's digits: no part of another key's text. */
function textOf(pem: Uint8Array): Uint8Array {
  return pem.slice(100, 150);
}

test.runIf(process.getuid!() === 0)(
  "the text of a private key is in pages for secrets alone, after it has served and after a reload",
  async () => {
    const [a, b] = [await start("a"), await start("b")];
    const [vertexA, vertexB] = [a.link.vertex("a"), b.link.vertex("b")];
    vertexB.accept("a");
    vertexA.originate("b", b.link.endpoint());
    // Both have made a TLS context of theirs by then.
    await until("up", () => vertexA.status("b")?.state === "up", 20_000);
    for (const { link, key } of [a, b]) {
      const { secret, elsewhere } = searchMemory(link.child.pid!, key);
      expect(elsewhere).toEqual([]);
      expect(secret).toBeGreaterThan(0);
    }

    const next = ids.issue("a");
    a.link.installIdentity(next);
    a.link.hangUp();
    await until("reloaded", () => a.link.log.some(({ code }) => code === "IDENTITY_RELOADED"), 20_000);
    expect(searchMemory(a.link.child.pid!, a.key).elsewhere).toEqual([]);
    const { secret, elsewhere } = searchMemory(a.link.child.pid!, textOf(next.privateKeyPem));
    expect(elsewhere).toEqual([]);
    expect(secret).toBeGreaterThan(0);
  },
  120_000,
);
