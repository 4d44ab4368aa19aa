/*
 *   b ───── a ───── c     three nodes with control agents: a service that b or c hosts is moved by one signed record
 */
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort } from "../src/free-port.ts";
import { PATIENCE } from "../src/patience.ts";

let lab: Lab;
let fabric: FabricLab;
let port: number;

/** Answers each request with its name. */
const SERVER = `
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = sys.argv[2].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
`;

const ask = async (): Promise<string> => {
  const { stdout } = await lab.exec("a", ["curl", "--silent", "--max-time", "5", `http://127.0.0.1:${port}/`]);
  return stdout.trim();
};

beforeAll(async () => {
  port = await freePort();
  const [onB, onC] = [await freePort(), await freePort()];
  lab = await openLab({
    cluster: "facts",
    nodes: { a: {}, b: {}, c: {} },
    links: [{ between: ["a", "b"] }, { between: ["a", "c"] }],
    services: {},
    tunnels: [],
  });
  const targets = { b: `tcp://127.0.0.1:${onB}`, c: `tcp://127.0.0.1:${onC}` };
  fabric = FabricLab.prepare(lab, {
    services: { web: { allow: ["user/alice"], targets } },
    tunnels: [{ node: "a", listen: `tcp://127.0.0.1:${port}`, as: "user/alice", service: "web" }],
  });
  lab.spawn("b", ["python3", "-c", SERVER, String(onB), "b"]);
  lab.spawn("c", ["python3", "-c", SERVER, String(onC), "c"]);
  await lab.up();
  await fabric.up();
});
afterAll(async () => {
  await fabric?.[Symbol.asyncDispose]();
  await lab?.down();
});

describe("a service of the fabric", () => {
  test("is found by its name once a quorum has said who hosts it", async () => {
    expect(await ask()).toBe("");
    expect(await fabric.publish("b", [fabric.signService("web", ["b"])])).toMatchObject({
      records: [{ outcome: "taken" }],
    });
    await expect.poll(ask, PATIENCE).toBe("b");
  });

  test("does not move for one signature of three", async () => {
    expect(await fabric.publish("c", [fabric.signService("web", ["c"], 1)])).toMatchObject({
      records: [{ outcome: "refused", reason: "quorum" }],
    });
    expect(await ask()).toBe("b");
  });

  test("moves by one record that was handed to another node's agent, and no request fails meanwhile", async () => {
    const answers = new Set<string>();
    await fabric.publish("c", [fabric.signService("web", ["c"])]);
    await expect
      .poll(async () => {
        const answer = await ask();
        answers.add(answer);
        return answer;
      }, PATIENCE)
      .toBe("c");
    expect([...answers].toSorted()).toEqual(answers.size === 1 ? ["c"] : ["b", "c"]);
  });

  test("goes on while all agents are dead, and they change nothing when they are back", async () => {
    for (const node of fabric.nodeNames) await fabric.kill(node);
    expect(await ask()).toBe("c");
    const before = (await requestAdmin(fabric.doorOf("a"), "/view")) as { overlay: object };
    for (const node of fabric.nodeNames) fabric.start(node);
    await fabric.untilReady();
    await fabric.publish("a", [fabric.signService("web", ["b"])]);
    await expect.poll(ask, PATIENCE).toBe("b");
    expect(before.overlay).toBeDefined();
  });
});
