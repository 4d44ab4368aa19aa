import { expect, test } from "vitest";
import type { ApiError } from "../../src/api/exchange.ts";
import { StreamPlaces } from "../../src/api/stream-places.ts";

function refusal(places: StreamPlaces, principal: string): string | undefined {
  try {
    places.take(principal);
    return undefined;
  } catch (error) {
    return (error as ApiError).code;
  }
}

test("a principal has 32 streams, and as many again as it closes", () => {
  const places = new StreamPlaces();
  const leave = places.take("user/alice");
  for (let each = 1; each < 32; each++) places.take("user/alice");
  expect(refusal(places, "user/alice")).toBe("ERR_CONTROL_STREAMS");
  expect(refusal(places, "user/bob")).toBeUndefined();
  leave();
  expect(refusal(places, "user/alice")).toBeUndefined();
  expect(places.size).toBe(33);
});

test("a replica has 1,024 streams", () => {
  const places = new StreamPlaces();
  for (let each = 0; each < 1_024; each++) places.take(`user/u${each}`);
  expect(refusal(places, "user/last")).toBe("ERR_CONTROL_STREAMS");
});
