import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Credentials } from "@florenetes/identity";
import type { LinkBench } from "../link-bench.ts";
import { giveIdentity, putFile } from "../../bench/place.ts";
import { check, type Check } from "../../check.ts";
import { START_MS_MAX } from "../../limits.ts";
import { demand, NotJudged } from "../../judgement.ts";

const DAY_MS = 86_400_000;
const REFUSED_MS = 2_500;
/** The time after which a vertex that does not serve never does. */
const NOT_SERVED_MS = 4_000;
/** The life of the certificate, in which the vertex starts and makes a link. */
const ENDS_IN_MS = 15_000;

/** A check of a requirement for link vertices with credentials. */
export function identityCheck(
  requirement: string,
  title: string,
  run: (bench: LinkBench) => Promise<void>,
): Check<LinkBench> {
  return check(requirement, title, async (bench) => {
    if (!(await bench.hasCredentials())) throw new NotJudged("it has no credentials");
    await run(bench);
  });
}

interface Impostor {
  readonly name?: string;
  readonly cluster?: string;
  /** Whether the impostor is the program that presents any identity. */
  readonly isUnchecked?: boolean;
}

/** Gives a another identity, wishes for links both ways, and demands that b refuses them. */
async function isRefused(bench: LinkBench, identity: Credentials, impostor: Impostor = {}): Promise<void> {
  const { a, b } = bench;
  const { name = a.name, cluster, isUnchecked = false } = impostor;
  const waitMs = await bench.refusalMs(REFUSED_MS);
  if (name !== a.name || cluster !== undefined) bench.rename(a, name, cluster);
  await bench.change(a, (files) => giveIdentity(files.identity, identity), isUnchecked);
  try {
    await a.attachAs("", START_MS_MAX);
  } catch (error) {
    throw new NotJudged(`with such an identity of its own it does not serve: ${(error as Error).message}`);
  }
  await b.attach();
  const tags = { originator: bench.newTag(), acceptor: bench.newTag() };
  // The acceptor is asked first, so that it waits when the first attempt comes.
  await b.ask({ kind: "open-link", wish: bench.wish(b, tags.originator, "acceptor") });
  await a.ask({ kind: "open-link", wish: bench.wish(a, tags.originator, "originator") });
  await a.ask({ kind: "open-link", wish: bench.wish(a, tags.acceptor, "acceptor") });
  await b.ask({ kind: "open-link", wish: bench.wish(b, tags.acceptor, "originator") });
  const isUp = (): boolean => Object.values(tags).some((tag) => b.states.get(tag)?.state === "up");
  await b.until("a refusal of what b has tried", () => {
    demand(!isUp(), "b calls the link up");
    return ["refused", "down"].includes(b.states.get(tags.acceptor)?.state ?? "");
  });
  await b.never("a link that is up", waitMs, isUp);
}

/** Demands that a makes no link after a change of its identity folder that it must not accept. */
async function isNotUsed(bench: LinkBench, change: (identity: string) => void): Promise<void> {
  const { a, b } = bench;
  const start = performance.now();
  await bench.change(a, () => {});
  await a.attachAs("", START_MS_MAX);
  // The wait is longer on a machine on which the start with a good identity took long.
  const notServedMs = NOT_SERVED_MS + 3 * (performance.now() - start);
  const waitMs = await bench.refusalMs(REFUSED_MS);
  await bench.change(a, (files) => change(files.identity));
  await b.attach();
  const tag = bench.newTag();
  await b.ask({ kind: "open-link", wish: bench.wish(b, tag) });
  try {
    await a.attachAs("", notServedMs);
  } catch {
    return;
  }
  await a.ask({ kind: "open-link", wish: bench.wish(a, tag) });
  await b.never("a link", waitMs, () => b.states.get(tag)?.state === "up");
}

export const IDENTITY_CHECKS: readonly Check<LinkBench>[] = [
  identityCheck("LV-5", "the principal is the name in the certificate", async ({ a }) => {
    const { body } = await a.attachAs("");
    demand(body.principal === a.name, `principal "${body.principal}"`);
  }),
  identityCheck("LV-6", "files in `next` count in place of those beside it", async (bench) => {
    const { a } = bench;
    bench.rename(a, "next");
    await bench.change(a, ({ identity }) => giveIdentity(join(identity, "next"), bench.issue("next")));
    const { body } = await a.attachAs("");
    demand(body.principal === "next", `principal "${body.principal}"`);
  }),
  identityCheck("LV-7", "a key that others may read is not used", async (bench) => {
    await isNotUsed(bench, (identity) => chmodSync(join(identity, "key.pem"), 0o644));
  }),
  identityCheck("LV-8", "a key that is not the certificate's is not used", async (bench) => {
    await isNotUsed(bench, (identity) => putFile(join(identity, "key.pem"), bench.issue("a").privateKeyPem, true));
  }),
  identityCheck("LV-9", "a peer of another name is refused", async (bench) => {
    await isRefused(bench, bench.issue("mallory"), { name: "mallory" });
  }),
  identityCheck("LV-10", "a peer of a CA that is not trusted is refused", async (bench) => {
    const { ca } = bench.place;
    const identity = bench.place
      .otherCa()
      .issue({ kind: "vertex", name: "a", otherRoots: [ca.authority.certificatePem] });
    await isRefused(bench, identity);
  }),
  identityCheck("LV-11", "a peer of another cluster is refused", async (bench) => {
    const identity = bench.place.otherCa("another").issue({ kind: "vertex", name: "a" });
    await isRefused(bench, identity, { cluster: "another" });
  }),
  identityCheck("LV-12", "a peer that is no vertex is refused", async (bench) => {
    await isRefused(bench, bench.place.ca.issue({ kind: "service", name: "a" }), { isUnchecked: true });
  }),
  identityCheck("LV-13", "a peer whose certificate has ended is refused", async (bench) => {
    const longAgo = new Date(Date.now() - 30 * DAY_MS);
    await isRefused(bench, bench.place.ca.issue({ kind: "vertex", name: "a", days: 10 }, longAgo), {
      isUnchecked: true,
    });
  }),
  identityCheck("LV-14", "a peer whose certificate is not valid yet is refused", async (bench) => {
    const later = new Date(Date.now() + 10 * DAY_MS);
    await isRefused(bench, bench.place.ca.issue({ kind: "vertex", name: "a", days: 10 }, later), { isUnchecked: true });
  }),
  identityCheck("LV-15", "a link ends with a certificate", async (bench) => {
    const { a, b, medium } = bench;
    const end = Date.now() + ENDS_IN_MS + medium.linkMs;
    const identity = bench.place.ca.issue({ kind: "vertex", name: "a", days: 1 }, new Date(end - DAY_MS));
    await bench.change(a, (files) => giveIdentity(files.identity, identity));
    const { tag } = await bench.link();
    demand(Date.now() < end, "the machine is too slow: the certificate has ended before there was a link");
    await b.until("the end of the link", () => b.states.get(tag)!.state !== "up", ENDS_IN_MS + medium.linkMs + 10_000);
  }),
  identityCheck("LV-16", "what was refused comes up once the reason is gone", async (bench) => {
    const { a, b } = bench;
    bench.rename(a, "mallory");
    await bench.change(a, (files) => giveIdentity(files.identity, bench.issue("mallory")));
    await a.attachAs("", START_MS_MAX);
    await b.attach();
    const tag = bench.newTag();
    await b.ask({ kind: "open-link", wish: bench.wish(b, tag, "originator") });
    await a.ask({ kind: "open-link", wish: bench.wish(a, tag, "acceptor") });
    await b.until("a refusal", () => ["refused", "down"].includes(b.states.get(tag)?.state ?? ""));
    bench.rename(a, "a");
    await bench.change(a, (files) => giveIdentity(files.identity, bench.issue("a")));
    await a.attach();
    await a.ask({ kind: "open-link", wish: bench.wish(a, tag, "acceptor") });
    await b.untilState(tag, "up", 60_000 + bench.medium.linkMs);
  }),
  identityCheck("LV-17", "a peer that a list names is refused", async (bench) => {
    const identity = bench.issue("a");
    const list = bench.revoke(identity.serial);
    await bench.change(bench.b, (files) => writeFileSync(join(files.identity, "crl.pem"), list));
    await isRefused(bench, identity);
  }),
  identityCheck(
    "LV-18",
    "a list is in force without a signal, and ends the links that it names alone",
    async (bench) => {
      const { a, b } = bench;
      const identity = bench.issue("a");
      await bench.change(a, (files) => giveIdentity(files.identity, identity));
      const { tag } = await bench.link();
      const file = join(bench.files(b).identity, "crl.pem");
      bench.willReset();
      putFile(file, bench.revoke(bench.issue("somebody").serial));
      await b.never("an end of a link that the list does not name", 2_000, () => b.states.get(tag)!.state !== "up");
      putFile(file, bench.revoke(identity.serial));
      await b.until("the end of the link", () => b.states.get(tag)!.state !== "up");
    },
  ),
];
