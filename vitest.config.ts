import { defineConfig } from "vitest/config";

const conditions = ["@florenetes/source"];

/** Every workspace runs its sources, not its build: the custom condition joins the two. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: { include: ["test/**/*.test.ts"], testTimeout: 20_000 },
});
