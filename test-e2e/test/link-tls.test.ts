/*
 *   a ───── b ───── c        all links over TLS and TCP, by the link vertex in Python of examples/link-vertex-python
 *
 *   a ──[proxy]──── b        a calls through an HTTP proxy
 */
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type CertificateAuthority, createCa, openCa } from "@florenetes/identity/authority";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { fileDigest } from "../src/file-contents.ts";
import { freePort } from "../src/free-port.ts";
import { HttpProxy } from "../src/http-proxy.ts";
import { hasPython, LINK_TLS } from "../src/link-vertices.ts";
import { PATIENCE } from "../src/patience.ts";
import { replaceIdentity } from "../src/renewal.ts";
import { isRoot } from "../src/root.ts";
import { MEGABYTE, curl, downloadDigest, startFileServer } from "../src/services.ts";

const isReady = hasPython("link-tls");
/** Bytes of a transfer that takes longer than a link vertex is away. */
const SIZE = 100 * MEGABYTE;

test.skipIf(!isReady)("its parts keep their own tests", async () => {
  const folder = fileURLToPath(new URL("../../examples/link-vertex-python/test", import.meta.url));
  const argv = ["-B", "-m", "unittest", "discover", "-s", folder];
  const { stderr } = await promisify(execFile)("/usr/bin/python3", argv);
  expect(stderr).toMatch(/^Ran \d+ tests in .*\n\nOK\n$/m);
});

describe.skipIf(!isRoot || !isReady)("a mesh over TLS, in namespaces", () => {
  let lab: Lab;

  /** The state of the link with a neighbour, as a node's cluster-flor has it. */
  async function link(node: string, peer: string): Promise<unknown> {
    return (await lab.status(node)).clusterFlor?.links.find((each) => each.peer === peer);
  }

  beforeAll(async () => {
    lab = await openLab(
      {
        cluster: "tls",
        nodes: { a: {}, b: {}, c: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
        services: { files: { node: "c", target: "tcp://127.0.0.1:8080", allow: ["user/alice"] } },
        tunnels: [
          { node: "a", listen: "tcp://127.0.0.1:18001", as: "user/alice", service: "files", path: ["a", "b", "c"] },
        ],
      },
      { mode: "netns", linkVertex: LINK_TLS },
    );
    await lab.up();
    await startFileServer(lab, "c", 8080);
  });
  afterAll(() => lab?.down());

  test("a request is answered, and 20 MB arrive whole", async () => {
    expect((await lab.status("b")).clusterFlor).toMatchObject({ portals: [{ linkProtocol: "tls" }] });
    expect(await curl(lab, "a", "http://127.0.0.1:18001/who")).toBe("c");
    const size = 20 * MEGABYTE;
    expect(await downloadDigest(lab, "a", 18_001, size)).toBe(fileDigest(size));
  });

  test("a link vertex that is killed under traffic, and one that stands still, come back", async () => {
    const digest = downloadDigest(lab, "a", 18_001, SIZE);
    await expect
      .poll(async () => (await lab.status("a")).clusterFlor, PATIENCE)
      .toMatchObject({ tunnels: [{ connections: { open: 1 } }] });
    await lab.kill("b", "link-flor");
    lab.start("b", "link-flor");
    expect(await digest).toBe(fileDigest(SIZE));
    await lab.waitUntilUp();

    await lab.kill("b", "link-flor", "SIGSTOP");
    await expect.poll(() => link("a", "b"), PATIENCE).toMatchObject({ state: "down" });
    await lab.kill("b", "link-flor", "SIGCONT");
    await lab.waitUntilUp();
  });

  test("who is revoked is let in no more, whether the cluster vertex judges or, without roots, the link vertex", async () => {
    const revoked = { code: "REVOKED" };
    lab.revoke("vertex/c");
    await expect.poll(() => link("b", "c"), PATIENCE).toMatchObject(revoked);
    lab.revoke("vertex/b");
    await expect.poll(() => link("a", "b"), PATIENCE).toMatchObject(revoked);
    for (const node of ["b", "c"]) await lab.renew(`vertex/${node}`);
    for (const node of lab.nodeNames) await lab.kill(node, "link-flor", "SIGHUP");
    await lab.waitUntilUp();
  });

  test("who is not the vertex that the link leads to, or of another CA, is refused", async () => {
    /** Gives c's link vertex another identity. SIGHUP has b call again at once. */
    async function present(ca: CertificateAuthority, name: string): Promise<void> {
      replaceIdentity(lab, { node: "c", folder: "vertex", principal: `vertex/${name}` }, ca);
      const file = lab.configFile("c", "link-flor");
      writeFileSync(file, readFileSync(file, "utf8").replace(/vertex: \w+,/, `vertex: ${name},`));
      await lab.restart("c", "link-flor");
      await lab.kill("b", "link-flor", "SIGHUP");
    }
    const folder = await mkdtemp(join(tmpdir(), "flor-e2e-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const own = openCa(lab.caFolder);

    await present(createCa(join(folder, "ca"), { cluster: "tls" }), "c");
    await expect.poll(() => link("b", "c"), PATIENCE).toMatchObject({ state: "refused", code: "UNTRUSTED" });
    await present(own, "x");
    await expect.poll(() => link("b", "c"), PATIENCE).toMatchObject({ state: "refused", code: "WRONG_NAME" });
    await present(own, "c");
    await lab.waitUntilUp();
  });
});

test.skipIf(!isReady)("links go through an HTTP proxy, and say when it does not let them", async () => {
  using proxy = await HttpProxy.start();
  proxy.isClosed = true;
  const [own, address] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  await using lab = await openLab(
    {
      cluster: "tls",
      nodes: {
        a: { portals: { tls: { listen: `tls://${own}` } } },
        b: { portals: { tls: { listen: `tls://${address}` } } },
      },
      links: [{ between: ["a", "b"], portal: "tls", endpoint: `tls://${address}?proxy=${proxy.address}` }],
    },
    { linkVertices: { tls: LINK_TLS } },
  );
  for (const node of lab.nodeNames) {
    for (const name of ["link-tls", "cluster-flor"] as const) lab.start(node, name);
  }
  await expect
    .poll(async () => (await lab.status("a")).clusterFlor, PATIENCE)
    .toMatchObject({ links: [{ state: "refused", code: "PROXY_REFUSED", text: expect.stringContaining("403") }] });
  proxy.isClosed = false;
  await lab.waitUntilUp();
  expect(new Set(proxy.targets)).toEqual(new Set([address]));
});
