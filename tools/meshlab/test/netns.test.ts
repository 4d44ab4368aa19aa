import { describe, expect, test } from "vitest";
import { openLab } from "../src/index.ts";
import type { Lab } from "../src/index.ts";
import { IS_ROOT, LINE, NOTHING, STUBS, leftovers } from "./lab-fixture.ts";

/** The time after which an answer counts as missing. */
const SILENT_MS = 700;
const PROBE = `
const { createSocket } = require("node:dgram");
const socket = createSocket("udp4");
socket.on("message", (text) => { console.log(String(text)); process.exit(0); });
socket.on("error", (error) => { console.log(error.code); process.exit(1); });
socket.send("ping", 7777, process.argv[1], (error) => { if (error) { console.log(error.code); process.exit(1); } });
setTimeout(() => { console.log("silence"); process.exit(1); }, process.argv[2]);
`;
const ECHO = `
const socket = require("node:dgram").createSocket("udp4");
socket.on("message", (text, from) => socket.send(process.env.FLORENETES_NODE, from.port, from.address));
socket.bind(7777, "0.0.0.0", () => console.log("bound"));
`;

async function echoIn(lab: Lab, node: string): Promise<void> {
  const child = lab.spawn(node, [process.execPath, "-e", ECHO]);
  await new Promise((bound) => child.stdout!.once("data", bound));
}

/** Asks at an address; returns the node that answers, or an error. */
async function probe(lab: Lab, node: string, address: string, patienceMs = 60_000): Promise<string> {
  return (await lab.exec(node, [process.execPath, "-e", PROBE, address, String(patienceMs)])).stdout.trim();
}

/** Root is needed; without it these tests are shown as skipped. */
describe.runIf(IS_ROOT)("a lab in namespaces", () => {
  test("joins neighbours and nobody else, cuts and mends wires, and leaves nothing", async () => {
    const lab = await openLab(LINE, { ...STUBS, mode: "netns" });
    try {
      await Promise.all([echoIn(lab, "b"), echoIn(lab, "c")]);
      // The wires: a 10.77.0.1 - 10.77.0.2 b, c 10.77.1.1 - 10.77.1.2 b.
      expect(await probe(lab, "a", "10.77.0.2")).toBe("b");
      expect(await probe(lab, "c", "10.77.1.2")).toBe("b");
      expect(await probe(lab, "b", "10.77.1.1")).toBe("c");
      expect(await probe(lab, "a", "10.77.1.1")).toBe("ENETUNREACH");
      expect(await probe(lab, "a", "127.0.0.1", SILENT_MS)).not.toBe("b");
      const forwarding = await lab.exec("b", ["cat", "/proc/sys/net/ipv4/ip_forward"]);
      expect(forwarding.stdout.trim()).toBe("0");

      await lab.linkDown("b", "a");
      expect(await probe(lab, "a", "10.77.0.2", SILENT_MS)).not.toBe("b");
      expect(await probe(lab, "b", "10.77.1.1")).toBe("c");
      await lab.linkUp("a", "b");
      expect(await probe(lab, "a", "10.77.0.2")).toBe("b");
      await expect(lab.linkDown("a", "b", "1")).rejects.toMatchObject({ code: "ERR_LAB_UNKNOWN" });
    } finally {
      await lab.down();
    }
    expect(await leftovers(lab.folder)).toEqual(NOTHING);
  });

  test("starts all processes inside, with the acceptor's address on each link", async () => {
    await using lab = await openLab(LINE, { ...STUBS, mode: "netns" });
    await lab.up();
    expect(lab.mesh.links.map(({ address }) => address)).toEqual(["10.77.0.2", "10.77.1.2"]);
    for (const { node, pid } of lab.pids()) {
      const inside = await lab.exec(node, ["ip", "netns", "identify", String(pid)]);
      expect(inside.stdout.trim()).toMatch(new RegExp(`^flor-${process.pid}-\\d+-${node}$`));
    }
    expect(lab.namespaceOf("a")).toMatch(/^flor-.*-a$/);
    expect(lab.commandIn("a", ["curl"])).toEqual(["ip", "netns", "exec", lab.namespaceOf("a"), "curl"]);
  });

  test("has one wire for each of two parallel links", async () => {
    const links = [...LINE.links!, { between: ["a", "b"], tag: "1" }];
    await using lab = await openLab({ ...LINE, links }, { ...STUBS, mode: "netns" });
    await echoIn(lab, "b");
    await lab.linkDown("a", "b");
    expect(await probe(lab, "a", "10.77.0.2", SILENT_MS)).not.toBe("b");
    expect(await probe(lab, "a", "10.77.2.2")).toBe("b");
  });
});
