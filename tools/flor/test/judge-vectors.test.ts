/** `flor identity judge` gives the verdicts of the vectors for chains that other implementations read, too. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeCertificatePem } from "@florenetes/identity";
import { expect, onTestFinished, test } from "vitest";
import { flor } from "./run-flor.ts";

interface Vectors {
  readonly at: string;
  readonly certificates: readonly string[];
  readonly examples: readonly {
    readonly what: string;
    readonly verdict: string;
    readonly chain: readonly number[];
    readonly roots: readonly number[];
  }[];
}

const path = new URL("../../../packages/identity/vectors/x509-svid.json", import.meta.url);

test("the chains for other implementations get their verdicts", async () => {
  const base = mkdtempSync(join(tmpdir(), "florenetes-judge-vectors-"));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const { at, certificates, examples } = JSON.parse(readFileSync(path, "utf8")) as Vectors;
  const pemOf = (places: readonly number[]): string => {
    return writeCertificatePem(...places.map((place) => new Uint8Array(Buffer.from(certificates[place]!, "base64"))));
  };
  const trust = join(base, "trust");
  mkdirSync(trust);
  const wrong: string[] = [];
  for (const { what, verdict, chain, roots } of examples) {
    // The command line names no cluster without a principal.
    if (verdict === "ERR_IDENTITY_WRONG_CLUSTER") continue;
    writeFileSync(join(base, "chain.pem"), pemOf(chain));
    writeFileSync(join(trust, "trust.pem"), pemOf(roots));
    const { code } = await flor("identity", "judge", join(base, "chain.pem"), "--trust", trust, "--at", at);
    if ((code === 0) !== (verdict === "accepted")) wrong.push(`${what}: exit code ${code}, and ${verdict} is right`);
  }
  expect(wrong).toEqual([]);
});
