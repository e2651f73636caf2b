import { defineConfig } from "vitest/config";

// Names without hashes and no chunks: the bundle is committed, and a build of the same source must be the same bytes.
export default defineConfig({
  base: "./", // below Home Assistant's ingress the path is not known when this is built
  build: {
    outDir: "../caravels_operator/panel/static",
    emptyOutDir: true,
    target: ["chrome123", "firefox120", "safari17.5"], // the first with light-dark()
    modulePreload: false,
    assetsInlineLimit: 0, // data: addresses would need a hole in the content security policy
    rolldownOptions: {
      output: {
        entryFileNames: "panel.js",
        assetFileNames: "panel[extname]",
        codeSplitting: false,
      },
    },
  },
  test: { name: "panel", environment: "happy-dom", include: ["tests/**/*.test.ts"] },
});
