import { defineConfig } from "vitest/config";

export default defineConfig({ test: { projects: ["addons/caravels_operator/web"] } });
