#!/usr/bin/env -S node --disable-sigusr1
import { shutInspector } from "@florenetes/process-kit/inspector";

// Before all else.
shutInspector();
await import("./drivers/cluster-flor.ts");
