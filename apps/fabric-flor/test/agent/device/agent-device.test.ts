/** A node's report says what is true of its device when the report is made. */
import type { DeviceProfile } from "@florenetes/facts";
import { expect, test } from "vitest";
import { reportQuestions } from "../../../src/admin/report-questions.ts";
import { startLeasedMesh } from "../leased-mesh.ts";

const DEVICE: DeviceProfile = { charging: true, network: "wifi", metered: false, foreground: true };

test("before a source has told anything, nothing good is known but what the operator says", () => {
  const mesh = startLeasedMesh(["a"], ["d"], (name) => (name === "c" ? { metered: true } : {}));
  const unknown = { charging: false, network: "unknown", foreground: false };
  expect(mesh.node("a").agent.device).toEqual({ ...unknown, metered: false });
  expect(mesh.node("c").agent.device).toEqual({ ...unknown, metered: true });
});

test("what a source tells is in the agent at once, and whether bytes are paid for in its next report", () => {
  const mesh = startLeasedMesh(["a"], ["d"]);
  const [b, c] = [mesh.node("b"), mesh.node("c")];
  const isMetered = (): boolean | undefined => {
    const answer = reportQuestions(b.agent, "b", () => b.at)["/reports"]!(new URLSearchParams());
    const { reports } = answer as { readonly reports: readonly { readonly node: string; readonly metered: boolean }[] };
    return reports.find(({ node }) => node === "c")?.metered;
  };
  mesh.until("c has reported", () => isMetered() === false);
  c.agent.handleDevice({ ...DEVICE, metered: true }, c.at);
  expect(c.agent.device).toEqual({ ...DEVICE, metered: true });
  // A gate of phones rests on it: the next report does not wait for its minute.
  mesh.until("a report says that its bytes are paid for", () => isMetered() === true, 10_000);
  c.agent.handleDevice(DEVICE, c.at);
  mesh.until("a report says that they are not any more", () => isMetered() === false, 300_000);
});
