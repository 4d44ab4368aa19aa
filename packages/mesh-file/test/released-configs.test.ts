import { join } from "node:path";
import { testReleasedConfigs } from "@florenetes/config-file/testing";
import { readMesh, requireRenderable } from "../src/drivers/mesh-files.ts";
import { meshFileSchema } from "../src/schema.ts";

testReleasedConfigs(join(import.meta.dirname, "released-configs"), meshFileSchema, async (file) => {
  requireRenderable([await readMesh(file)]);
});
