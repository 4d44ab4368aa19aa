import { describe, expect, test } from "vitest";
import { describeEngine } from "../src/demo.ts";

const fault = "the native engine cannot be used here: it is not built: `npm run build` says what it needs";
const portable = { name: "portable", asked: "auto", reason: fault };

describe("the demo's line on its engine", () => {
  test.each([
    "install cargo 1.88 or newer",
    "quinn-proto.crate is not what native/quinn-proto/Cargo.lock pins: delete it, and build again",
    "native/quinn-proto/changes/1 does not apply (there is no file a): take native/quinn-proto as it was committed",
  ])("says what to do where the build has told it: %s", (notBuilt) => {
    expect(describeEngine(portable, notBuilt)).toContain(`not built: ${notBuilt}; then npm run demo`);
  });

  test("says why the portable one runs where no build has told anything", () => {
    expect(describeEngine(portable)).toBe(`portable: ${fault}`);
  });

  test("says nothing of builds where another engine was not wanted", () => {
    expect(describeEngine({ ...portable, asked: "portable" }, "install cargo")).toMatch(/^portable, as was asked for/);
    expect(describeEngine({ ...portable, name: "native" }, "install cargo")).toMatch(/^native: /);
  });
});
