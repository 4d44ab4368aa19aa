import { afterEach, describe, expect, test } from "vitest";
import { Identities } from "../quic-link/identities.ts";
import { until, wantLink } from "./link-process.ts";
import {
  attemptsOf,
  cluster,
  endAll,
  expectTraffic,
  linkedPair,
  pair,
  SHORT_SILENCE,
  SOON,
  start,
  troubles,
  untilUp,
  type Vertex,
} from "./pairs.ts";

/* Links as cluster vertices, operators and neighbours make and unmake them. */
afterEach(endAll);

describe("two link-flor processes", () => {
  test("carry parallel links, told apart by tags", async () => {
    const { linkB, a, b } = await linkedPair();
    await wantLink(a, b, linkB.endpoint(), "fibre");
    await untilUp(a, b, "fibre");
    await expectTraffic(a, b, "fibre");
    expect(b.received[0]!.handle).toBe(b.status("a", "fibre")!.handle);
    a.closeLink({ peer: "b", tag: "0" });
    await until("only one down", () => b.status("a")?.code === "CLOSED");
    await expectTraffic(a, b, "fibre");
  });

  test("find a peer by its name, and try again when there is none", async () => {
    const { linkB, a, b } = await pair();
    await wantLink(a, b, linkB.endpoint().replace("127.0.0.1", "localhost"));
    b.accept("a", "1");
    a.originate("b", "udp://nowhere.invalid:1", "1");
    await untilUp(a, b);
    await until("refused", () => a.status("b", "1")?.code === "NAME_NOT_RESOLVED");
  });
});

describe("a process that is killed and started again", () => {
  test("as acceptor that stays away: it is missed, and found when it returns", async () => {
    const { linkA, linkB, a, b } = await linkedPair(SHORT_SILENCE);
    await linkB.stop("SIGKILL");
    await until("down", () => linkA.downs("b").length > 0);
    expect(linkA.downs("b")[0]).toBe("SILENT");
    const before = await attemptsOf(linkA);
    await expect.poll(() => attemptsOf(linkA), SOON).toBeGreaterThan(before + 2);
    await linkB.start();
    await untilUp(a, b);
    await expectTraffic(a, b);
  });

  test("as originator: its new session replaces the old one", async () => {
    const { linkA, linkB, a, b } = await linkedPair();
    const before = b.status("a")!.handle;
    await linkA.stop("SIGKILL");
    await linkA.start();
    await until("up again", () => ![0, before].includes(b.status("a")!.handle));
    await untilUp(a, b);
    await expectTraffic(a, b);
    expect((await linkB.status()).clusters[0]!.links).toHaveLength(1);
  });

  test("as cluster vertex, back within 10 s: its link lives on, with the same handle", async () => {
    const { linkB, a, b } = await linkedPair();
    const { handle } = b.status("a")!;
    b.kill();
    await expect.poll(async () => (await linkB.status()).clusters[0]!.portal.state, SOON).toBe("waiting");
    const again = linkB.vertex("b");
    again.accept("a");
    await until("adopted", () => again.status("a")?.state === "up");
    expect(again.status("a")?.handle).toBe(handle);
    expect(troubles(a)).toEqual([]);
    await expectTraffic(a, again);
  });

  test("as cluster vertex that stays away: its links end with a reason", async () => {
    const { linkA, linkB, a, b } = await linkedPair();
    b.kill();
    await until("down", () => linkA.downs("b").length > 0);
    expect(linkA.downs("b")).toEqual(["VERTEX_GONE"]);
    await until("refused", () => a.status("b")?.code === "NOT_WANTED");
    const again = linkB.vertex("b");
    again.accept("a");
    await untilUp(a, again);
  });

  test("is not missed when it was only stopped for a moment, nor does it miss its neighbour", async () => {
    // A busy machine makes the moment longer.
    const { linkA, a, b } = await linkedPair({ deadAfterMs: 12_000 });
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
    const { linkA, linkB, a, b } = await pair();
    a.accept("b", "acceptors");
    b.accept("a", "acceptors");
    const isKnown = (vertex: Vertex, peer: string): boolean => vertex.status(peer, "acceptors")?.state === "connecting";
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
    const linkA = await start([{ cluster, identity: ids.issue("a") }]);
    const linkB = await start([{ cluster, identity: ids.issue("b", { ca: "another" }) }]);
    const [a, b] = [linkA.vertex("a"), linkB.vertex("b")];
    await wantLink(a, b, linkB.endpoint());
    await until("refused", () => a.status("b")?.code === "UNTRUSTED");
    expect(b.status("a")?.state).toBe("connecting");
  });
});

test("two clusters in one process are two worlds", async () => {
  const ids = new Identities();
  const settings = (name: string) => [
    { cluster: "red", identity: ids.issue(name, { cluster: "red" }) },
    { cluster: "blue", identity: ids.issue(name, { cluster: "blue" }) },
  ];
  const [linkA, linkB] = await Promise.all([start(settings("a")), start(settings("b"))]);
  const [redA, redB] = [linkA.vertex("a", "red"), linkB.vertex("b", "red")];
  const [blueA, blueB] = [linkA.vertex("a", "blue"), linkB.vertex("b", "blue")];
  await wantLink(redA, redB, linkB.endpoint("red"));
  blueB.accept("a");
  blueA.originate("b", linkB.endpoint("red"));
  await untilUp(redA, redB);
  await until("refused", () => blueA.status("b")?.state === "refused");
  expect(blueA.status("b")?.code).toBe("UNTRUSTED");
  blueA.closeLink({ peer: "b", tag: "0" });
  blueA.originate("b", linkB.endpoint("blue"));
  await untilUp(blueA, blueB);
  await expectTraffic(blueA, blueB);
  expect(redA.received).toEqual([]);
});
