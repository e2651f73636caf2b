import js from "@eslint/js";
import { configs as lit } from "eslint-plugin-lit";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["**/node_modules/**", ".venvs/**", ".tools/**", "**/panel/static/**", "**/www/**", "**/*.generated.ts"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked, lit["flat/recommended"]],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // numbers in texts and paths are meant
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // Lit's event handlers are methods by design, bound by the template
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // a promise in an event handler is awaited by nobody, and its errors are shown by the page itself
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: false }],
      eqeqeq: "error",
      "no-console": "error",
    },
  },
);
