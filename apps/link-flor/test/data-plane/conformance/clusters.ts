import { expect, test } from "vitest";
import { Identities } from "../../quic-link/identities.ts";
import type { PlaneHood } from "./link-on-plane.ts";
import { expectTraffic, SOON, untilUp } from "./neighbourhood.ts";
import { freePort, until, wantLink } from "./tested-link.ts";
import { linkTwoClusters } from "./two-clusters.ts";

/** Clusters come, change and go, and those beside them do not notice. */
export function judgeClusters(hood: PlaneHood): void {
  test("two clusters of one plane are two worlds", async () => {
    const ids = new Identities();
    const settings = (name: string) => [
      { cluster: "red", identity: ids.issue(name, { cluster: "red" }) },
      { cluster: "blue", identity: ids.issue(name, { cluster: "blue" }) },
    ];
    const [linkA, linkB] = await Promise.all([hood.start(settings("a")), hood.start(settings("b"))]);
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

  test("a cluster comes and goes, and the links of the others are as they were", async () => {
    const { of, link, neighbours, a } = await linkTwoClusters(hood);
    const handle = a.demo.status("b")!.handle;
    const section = await link.section(of("a", "test"));
    expect(await link.reload((text) => `${text.trimEnd()}${section}\n`)).toEqual({
      ok: true,
      changes: [{ kind: "cluster", name: "test", change: "added" }],
      down: [],
    });
    const neighbour = await hood.start([of("b", "test")]);
    const [added, other] = [link.vertex("a", "test"), neighbour.vertex("b", "test")];
    await wantLink(added, other, neighbour.endpoint("test"));
    await untilUp(added, other);

    const without = (name: string) => (text: string) => text.replace(new RegExp(`\n  ${name}:(\n {4}.*)+`), "");
    expect(await link.reload(without("prod"))).toMatchObject({
      ok: true,
      changes: [{ kind: "cluster", name: "prod", change: "removed" }],
    });
    // The neighbour has heard a farewell, and the cluster vertex that its portal is gone.
    await until("a farewell", () => neighbours.prod.downs("a").includes("STOPPING"));
    expect((await link.status()).clusters.map(({ cluster }) => cluster)).toEqual(["demo", "test"]);
    // Another cluster soon takes the place of the one that has gone.
    expect(await link.reload(without("test"))).toMatchObject({ ok: true });
    const again = await link.section(of("a", "more"));
    expect(await link.reload((text) => `${text.trimEnd()}${again}\n`)).toMatchObject({ ok: true });
    expect(a.demo.status("b")).toMatchObject({ state: "up", handle });
    expect(link.downs("b").length).toBeLessThanOrEqual(2);
  });

  test("another address takes the links of its cluster along, and other settings cut nothing", async () => {
    const { link, neighbours, a, b } = await linkTwoClusters(hood);
    const { handle } = a.prod.status("b")!;
    const first = a.demo.status("b")!.handle;
    let sent = 0;
    b.demo.onPacket = () => {};
    const traffic = setInterval(() => (a.demo.send("b", Buffer.alloc(100)) ? sent++ : undefined), 10);
    const settings = ["expiry-grace: 1h", "expiry-warning: 1d", "revocation-grace: 1d", "udp-payload-max: 1300"];
    const outcome = await link.reload((text) =>
      text.replace(/(\n {2}demo:)/, `$1${settings.map((line) => `\n    ${line}`).join("")}`),
    );
    expect(outcome).toMatchObject({ ok: true, changes: [{ name: "demo", change: "changed" }] });
    await until("a renewed link", () => a.demo.status("b")!.handle !== first && a.demo.status("b")?.state === "up");
    const payload = async (): Promise<number> => (await link.status()).clusters[0]!.links[0]!.udpPayload;
    await expect.poll(payload, SOON).toBeLessThanOrEqual(1_300);
    expect(link.downs("b")).toEqual([]);
    clearInterval(traffic);
    expect(sent).toBeGreaterThan(0);
    expect(a.prod.status("b")).toMatchObject({ state: "up", handle });

    const port = await freePort("127.0.0.1");
    const changed = await link.reload((text) => text.replace(`:${link.ports.get("demo")}"`, `:${port}"`));
    expect(changed).toMatchObject({ ok: true, changes: [{ effect: expect.stringContaining("`listen`") }] });
    await until("a farewell", () => neighbours.demo.downs("a").includes("STOPPING"));
    link.ports.set("demo", port);
    b.demo.originate("a", link.endpoint());
    await untilUp(a.demo, b.demo);
    expect(a.prod.status("b")).toMatchObject({ state: "up", handle });
  });
  judgeReplacements(hood);
}

/** Tests in which others take the place of a cluster's sockets and identities. */
function judgeReplacements(hood: PlaneHood): void {
  test("a cluster vertex attaches at other sockets, and finds its link as it was", async () => {
    const { link, a, b } = await linkTwoClusters(hood);
    const { handle } = a.demo.status("b")!;
    const history = b.demo.history.length;
    // The next cluster vertex waits at the new sockets: a link that nobody claims for three seconds ends.
    const next = link.vertex("a", "demo", { bind: "2", connect: "2" });
    next.accept("b");
    const outcome = await link.reload((text) =>
      text.replace("demo/link.sock", "demo/link.sock2").replace("demo/vertex.sock", "demo/vertex.sock2"),
    );
    expect(outcome).toMatchObject({ ok: true, changes: [{ effect: expect.stringContaining("attaches again") }] });
    await until("its link", () => next.status("b")?.state === "up");
    expect(next.status("b")!.handle).toBe(handle);
    expect(b.demo.history.length).toBe(history);

    // A reload may change the cluster vertex's socket alone, and leave link-flor's own.
    const again = await link.reload((text) =>
      text.replace("demo/vertex.sock2", "demo/vertex.sock").replace(/(\n {2}demo:)/, "$1\n    expiry-warning: 1d"),
    );
    expect(again).toMatchObject({ ok: true, changes: [{ effect: expect.stringContaining("`connect`") }] });
    for (const vertex of [a.demo, next]) vertex.kill();
    const last = link.vertex("a", "demo", { bind: "", connect: "2" });
    last.accept("b");
    await until("its link, or another one", () => last.status("b")?.state === "up");
  });

  test("an identity that was renewed on the disk is in use after any change of its cluster", async () => {
    const { ids, link, a, b } = await linkTwoClusters(hood);
    const { handle } = a.demo.status("b")!;
    const before = (await link.status()).clusters[0]!.certificate.certificates[0]!.fingerprint;
    link.installIdentity(ids.issue("a", { cluster: "demo" }), "demo");
    const changed = await link.reload((text) => text.replace(/(\n {2}demo:)/, "$1\n    revocation-grace: 1d"));
    expect(changed).toMatchObject({ ok: true });
    await until("a renewed link", () => ![0, handle].includes(a.demo.status("b")!.handle));
    await untilUp(a.demo, b.demo);
    const after = (await link.status()).clusters[0]!.certificate.certificates[0]!.fingerprint;
    expect(after).not.toBe(before);
    expect(link.downs("b")).toEqual([]);
  });
}
