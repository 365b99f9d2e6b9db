// The settings of OCA's repositories.
module.exports = {
  plugins: [require.resolve("@prettier/plugin-xml")],
  bracketSpacing: false,
  printWidth: 88,
  semi: true,
  trailingComma: "es5",
  xmlWhitespaceSensitivity: "preserve",
};
