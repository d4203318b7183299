import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// The laws of the formats try many texts; a machine with other work is slow at that.
export default defineConfig({
  test: { testTimeout: 30_000 },
  plugins: [react()],
  // The window loads its files from the program itself, under a root of their own.
  base: "/",
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "safari16",
    // The content security policy allows no inline script, and fonts come as files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
});
