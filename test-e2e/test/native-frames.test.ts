/** FlorIO frames, good and bad, read and written by the codec in TypeScript and the one in Rust. */
import {
  DataFrameWriter,
  FIRST_PACKET,
  FrameVerdict,
  checkFrame,
  controlMessage,
  frameHandle,
  nextPacket,
  packetCount,
  packetEnd,
} from "@florenetes/florio";
import { Random } from "@florenetes/simkit";
import { beforeAll, expect, test } from "vitest";
import { BUILD_TIMEOUT_MS, Script, buildMirror, hexOf, isNativeBuilt } from "../src/native/mirror.ts";

beforeAll(buildMirror, BUILD_TIMEOUT_MS);

const FRAMES = 3_000;

function answerTo(frame: Uint8Array, seen: Set<string>): string {
  const verdict = checkFrame(frame);
  const kind = Object.entries(FrameVerdict).find(([, value]) => value === verdict)![0];
  seen.add(kind);
  if (verdict === FrameVerdict.control) return `control ${hexOf(controlMessage(frame))}`;
  if (verdict !== FrameVerdict.data) return kind;
  const handle = frameHandle(frame);
  const writer = new DataFrameWriter();
  writer.reset(handle);
  for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) {
    writer.append(frame, at, packetEnd(frame, at));
  }
  return `data ${handle} ${packetCount(frame)} ${hexOf(writer.bytes())}`;
}

/** A frame as a partner would write it, or with some changes. */
function frameOf(random: Random): Uint8Array {
  const writer = new DataFrameWriter();
  writer.reset(random.chance(0.95) ? random.between(1, 0xffff_ffff) : 0);
  for (let packets = random.below(5); packets > 0; packets--) {
    const packet = random.bytes(random.chance(0.99) ? random.between(1, 40) : 64_000);
    if (writer.fits(packet.length)) writer.append(packet, 0, packet.length);
  }
  const frame = writer.bytes().slice();
  if (random.chance(0.2)) frame[1] = random.below(4);
  for (let changes = random.chance(0.5) ? 0 : random.below(3); changes > 0; changes--) {
    frame[random.below(Math.min(frame.length, 24))] = random.below(random.chance(0.5) ? 4 : 256);
  }
  if (random.chance(0.1)) return frame.slice(0, random.below(frame.length + 1));
  return random.chance(0.1) ? Uint8Array.of(...frame, ...random.bytes(random.below(4))) : frame;
}

test.skipIf(!isNativeBuilt)(
  "both codecs take the same frames for the same (skipped where native/ is not built)",
  () => {
    const random = new Random(1);
    const script = new Script();
    const seen = new Set<string>();
    for (let count = 0; count < FRAMES; count++) {
      const frame = random.chance(0.05) ? random.bytes(random.below(30)) : frameOf(random);
      script.add(`check ${hexOf(frame)}`, answerTo(frame, seen));
    }
    for (const size of [65_000, 65_001]) {
      const frame = new Uint8Array(size);
      frame.set([1, 2]);
      script.add(`check ${hexOf(frame)}`, answerTo(frame, seen));
    }
    script.expectEqual();
    expect(seen).toEqual(new Set(Object.keys(FrameVerdict)));
  },
);
