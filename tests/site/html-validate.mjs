// How the built pages are validated. Rules are off only where they judge style, not correctness.
export default {
  root: true,
  extends: ["html-validate:recommended"],
  rules: {
    // Temml sets the columns of formulas and of their tables by inline styles.
    "no-inline-style": "off",
    // A program's output may end its lines with spaces, and is shown as it is.
    "no-trailing-whitespace": "off",
    // A chapter's title is as long as it has to be; search engines cut it where they like.
    "long-title": "off",
    // Header cells of formulas alone are named.
    "aria-label-misuse": ["error", { allowAnyNamable: true }],
    // Entries of the reference are named by their dotted names, as HTML allows.
    "valid-id": ["error", { relaxed: true }],
  },
};
