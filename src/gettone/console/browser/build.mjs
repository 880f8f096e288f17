/* Makes ../static from the sources beside it: bundles, styles, icons, each with a name that holds its hash, and gzip.
   Only what the bundles name gets in. Must not know what pages do. */

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2]);
// Browsers with `@media (scripting)`, `:has`, and private class members.
const target = ["chrome120", "firefox121", "safari17"];

const { outputFiles } = await build({
  absWorkingDir: here,
  entryPoints: ["everywhere.js", "editor.js", "plot.js", "look.css"],
  outdir: out,
  bundle: true,
  minify: true,
  write: false,
  format: "esm",
  legalComments: "inline",
  logLevel: "error",
  target,
});

const files = new Map(outputFiles.map((file) => [basename(file.path), Buffer.from(file.contents)]));
files.set("icons.svg", Buffer.from(sprite(readFileSync(join(here, "icons.txt"), "utf8").split("\n").filter(Boolean))));
files.set("coin.svg", readFileSync(join(here, "coin.svg")));

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const manifest = {};
for (const [name, content] of [...files].sort()) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const hashed = `${name.slice(0, -extname(name).length)}-${hash}${extname(name)}`;
  manifest[name] = hashed;
  writeFileSync(join(out, hashed), content);
  writeFileSync(join(out, `${hashed}.gz`), gzipSync(content, { level: 9 }));
}
// Last: what asks for it finds everything that it names.
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 1));

/** One file with every icon as a symbol. */
function sprite(names) {
  const symbols = names.map((name) => {
    const source = readFileSync(join(here, "node_modules/lucide-static/icons", `${name}.svg`), "utf8");
    const inner = source.replace(/^[\s\S]*?<svg[\s\S]*?>|<\/svg>\s*$/g, "").replace(/\s+/g, " ").trim();
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`;
  });
  return `<!-- lucide-static, ISC license -->\n<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`;
}
