import { openDataPlane } from "@florenetes/data-plane";
import { nativeEngine } from "@florenetes/quic/native";
import { quicheEngine } from "@florenetes/quic/portable";
import { nodeTime } from "@florenetes/scheduling";
import { NativeDataPlane } from "../../src/data-plane/native/drivers/native-data-plane.ts";
import { PortableDataPlane } from "../../src/data-plane/portable/drivers/portable-data-plane.ts";
import { judgeDataPlane } from "./conformance/index.ts";

judgeDataPlane({
  name: "the portable data plane",
  engine: quicheEngine,
  openPlane: () => new PortableDataPlane(),
});

if (openDataPlane().kind === "native") {
  judgeDataPlane({
    name: "the native data plane",
    engine: nativeEngine()!,
    openPlane: () => new NativeDataPlane(nodeTime),
  });
}
