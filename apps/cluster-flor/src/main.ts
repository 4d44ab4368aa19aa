#!/usr/bin/env -S node --disable-sigusr1
import { setFlagsFromString } from "node:v8";
import { shutInspector } from "@florenetes/process-kit/inspector";

// Before all else.
shutInspector();

// V8 lets the space of new objects grow with what survives in it, to 134 MB after some ten thousand connections, and gives
// nothing back. At its first size, 1 MB, objects stay in the processor's cache, too. It grows while modules load already:
// hence before all of them.
setFlagsFromString("--semi-space-growth-factor=1");
await import("./drivers/cluster-flor.ts");
