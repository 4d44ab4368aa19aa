import { X509Certificate, createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { IDENTITY_FILES } from "@florenetes/identity";
import { PINS_FEATURE } from "@florenetes/portal-api";
import { demand, NotJudged } from "../../judgement.ts";
import type { ClusterSide } from "../cluster-side.ts";
import type { LinkBench } from "../link-bench.ts";
import { carries } from "./lives.ts";
import { type Check } from "../../check.ts";
import { identityCheck } from "./identity.ts";

const SILENCE_MS = 1_500;
/** A key that nobody has. */
const STRANGE = "5a".repeat(32);

async function attachToPinning({ a }: LinkBench): Promise<void> {
  const { body } = await a.attach();
  if (!body.features.includes(PINS_FEATURE)) throw new NotJudged("it does not have the feature `pins`");
}

/** The hash of a side's key, as pins name it. */
function keyOf(bench: LinkBench, side: ClusterSide): string {
  const chain = readFileSync(join(bench.files(side).identity, IDENTITY_FILES.chain));
  const spki = new X509Certificate(chain).publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(spki).digest("hex");
}

/** Asks for a's end of the link, whose peer has to show one of these keys. */
async function askWith(bench: LinkBench, tag: string, ...keys: readonly string[]): Promise<void> {
  const { a } = bench;
  const wish = { ...bench.wish(a, tag), pins: new Set(keys) };
  // A vertex that has its partner judge may leave the pins to that one.
  a.pins.set(wish, wish.pins);
  a.judgeGeneration++;
  a.beat();
  const { body } = await a.ask({ kind: "open-link", wish });
  demand(body.kind === "open-link-answer", JSON.stringify(body));
}

export const PIN_CHECKS: readonly Check<LinkBench>[] = [
  identityCheck("PA-53", "a peer with another key than the pinned ones gets no link", async (bench) => {
    const { a, b } = bench;
    await attachToPinning(bench);
    await b.attach();
    const tag = bench.newTag();
    await b.ask({ kind: "open-link", wish: bench.wish(b, tag) });
    for (const keys of [[STRANGE], []]) {
      a.states.delete(tag);
      await askWith(bench, tag, ...keys);
      const told = await a.untilState(tag, "refused");
      demand(told.code === "WRONG_KEY", `a was told "${told.code}"`);
      demand(b.states.get(tag)?.state !== "up", "b was told that the link is up");
    }
    await askWith(bench, tag, STRANGE, keyOf(bench, b));
    await carries(bench, await bench.untilUp(tag));
  }),
  identityCheck("PA-53", "other pins end a link whose peer has another key, and no other", async (bench) => {
    const { a, b } = bench;
    await attachToPinning(bench);
    const link = await bench.link();
    await askWith(bench, link.tag, STRANGE, keyOf(bench, b));
    const isOther = (): boolean => a.states.get(link.tag)!.handle !== link.a.handle;
    await a.never("another session of the link", SILENCE_MS, isOther);
    await carries(bench, link);
    await askWith(bench, link.tag, STRANGE);
    for (const side of bench.sides) {
      const told = await side.until("the end of the link", () => {
        const state = side.states.get(link.tag)!;
        return state.state !== "up" && state;
      });
      demand(told.code === "WRONG_KEY", `${side.name} was told "${told.code}"`);
    }
  }),
];
