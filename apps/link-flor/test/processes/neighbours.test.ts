import { afterEach, describe, expect, test } from "vitest";
import {
  attemptsOf,
  cluster,
  expectTraffic,
  Neighbourhood,
  SHORT_SILENCE,
  SOON,
  troubles,
  untilUp,
} from "../data-plane/conformance/neighbourhood.ts";
import type { FakeVertex } from "../data-plane/conformance/fake-vertex.ts";
import { until, wantLink } from "../data-plane/conformance/tested-link.ts";
import { Identities } from "../quic-link/identities.ts";
import { LinkProcess } from "./link-process.ts";

/* Links as operators make them, and as they are lost when processes are killed or stopped. */
const hood = new Neighbourhood((clusters, settings) => LinkProcess.start(clusters, settings));
afterEach(() => hood.endAll());

test("find a peer by its name, and try again when there is none", async () => {
  const { linkB, a, b } = await hood.pair();
  await wantLink(a, b, linkB.endpoint().replace("127.0.0.1", "localhost"));
  b.accept("a", "1");
  a.originate("b", "udp://nowhere.invalid:1", "1");
  await untilUp(a, b);
  await until("refused", () => a.status("b", "1")?.code === "NAME_NOT_RESOLVED");
});

describe("a process that is killed and started again", () => {
  test("as acceptor that is back at once: the link is back without anybody's help", async () => {
    const { linkB, a, b } = await hood.linkedPair();
    await linkB.stop("SIGKILL");
    const before = a.status("b")!.handle;
    await linkB.start();
    await until("up again", () => ![0, before].includes(a.status("b")!.handle));
    await untilUp(a, b);
    await expectTraffic(a, b);
  });

  test("as acceptor that stays away: it is missed, and found when it returns", async () => {
    const { linkA, linkB, a, b } = await hood.linkedPair(SHORT_SILENCE);
    await linkB.stop("SIGKILL");
    await until("down", () => linkA.downs("b").length > 0);
    expect(linkA.downs("b")[0]).toBe("SILENT");
    const before = await attemptsOf(linkA);
    await expect.poll(() => attemptsOf(linkA), SOON).toBeGreaterThan(before + 2);
    await linkB.start();
    await untilUp(a, b);
    await expectTraffic(a, b);
  });

  test("as acceptor that is called before its cluster vertex is back: the call waits for that, and is not refused", async () => {
    const { linkB, a, b } = await hood.linkedPair();
    let vertex = b;
    const restart = async (): Promise<string[]> => {
      const known = a.history.length;
      vertex.kill();
      await linkB.stop("SIGKILL");
      await linkB.start();
      const calls = async (): Promise<number> => (await linkB.status()).clusters[0]!.udp["retries"]!;
      await expect.poll(calls, SOON).toBeGreaterThan(0);
      // The hello has come by then, and a refusal would have gone out.
      await new Promise((done) => setTimeout(done, 200));
      vertex = linkB.vertex("b");
      vertex.accept("a");
      await untilUp(a, vertex);
      return a.history.slice(known);
    };
    // On a busy machine the cluster vertex may take longer than a call waits.
    await expect.poll(restart, SOON).not.toContain("b/0 refused NOT_WANTED");
    await expectTraffic(a, vertex);
  });

  test("as originator: its new session replaces the old one", async () => {
    const { linkA, linkB, a, b } = await hood.linkedPair();
    const before = b.status("a")!.handle;
    await linkA.stop("SIGKILL");
    await linkA.start();
    await until("up again", () => ![0, before].includes(b.status("a")!.handle));
    await untilUp(a, b);
    await expectTraffic(a, b);
    expect((await linkB.status()).clusters[0]!.links).toHaveLength(1);
  });

  test("is not missed when it was only stopped for a moment, nor does it miss its neighbour", async () => {
    // A busy machine makes the moment longer.
    const { linkA, a, b } = await hood.linkedPair({ deadAfterMs: 12_000 });
    process.kill(linkA.child.pid!, "SIGSTOP");
    await new Promise((done) => setTimeout(done, 4_000));
    process.kill(linkA.child.pid!, "SIGCONT");
    await until("a sees its link", () => a.status("b")?.state === "up");
    await expectTraffic(a, b);
    expect(troubles(b)).toEqual([]);
  });
});

describe("a mistake of an operator", () => {
  test("two acceptors: nothing is sent; two originators: ROLE_CONFLICT; another vertex's address: WRONG_NAME", async () => {
    const { linkA, linkB, a, b } = await hood.pair();
    a.accept("b", "acceptors");
    b.accept("a", "acceptors");
    const isKnown = (vertex: FakeVertex, peer: string): boolean =>
      vertex.status(peer, "acceptors")?.state === "connecting";
    await until("known", () => isKnown(a, "b") && isKnown(b, "a"));
    expect((await linkA.status()).clusters[0]!.udp).toMatchObject({ received: 0, sent: 0 });

    a.originate("b", linkB.endpoint());
    b.originate("a", linkA.endpoint());
    await until("refused", () => a.status("b")?.code === "ROLE_CONFLICT" && b.status("a")?.code === "ROLE_CONFLICT");

    a.originate("c", linkB.endpoint());
    await until("refused", () => a.status("c")?.code === "WRONG_NAME");
    expect(a.status("c")?.text).toContain("vertex/b");
  });

  test("another cluster's CA under the same name: UNTRUSTED", async () => {
    const ids = new Identities();
    const linkA = await hood.start([{ cluster, identity: ids.issue("a") }]);
    const linkB = await hood.start([{ cluster, identity: ids.issue("b", { ca: "another" }) }]);
    const [a, b] = [linkA.vertex("a"), linkB.vertex("b")];
    await wantLink(a, b, linkB.endpoint());
    await until("refused", () => a.status("b")?.code === "UNTRUSTED");
    expect(b.status("a")?.state).toBe("connecting");
  });
});
