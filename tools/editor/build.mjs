// Bundles editor.js with CodeMirror, and writes the licenses of the packages that it contains.

import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";

const OUT = "../../chapters/_static/workbench";
const { metafile } = await build({
  entryPoints: ["editor.js"],
  outfile: `${OUT}/editor.js`,
  bundle: true,
  format: "esm",
  minify: true,
  target: "es2022",
  legalComments: "none", // The licenses lie beside the bundle.
  banner: { js: "/* CodeMirror, bundled by tools/editor; licenses in editor.LICENSES.txt. */" },
  metafile: true,
});

const contained = Object.values(metafile.outputs).flatMap(({ inputs }) =>
  Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
);
const packages = new Set(
  contained.map(([path]) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]).filter(Boolean),
);
const texts = [...packages].sort().map((name) => {
  const folder = `node_modules/${name}`;
  const { version } = JSON.parse(readFileSync(`${folder}/package.json`, "utf-8"));
  return `${name} ${version}\n\n${readFileSync(`${folder}/LICENSE`, "utf-8").trim()}\n`;
});
writeFileSync(`${OUT}/editor.LICENSES.txt`, texts.join(`\n${"-".repeat(80)}\n\n`));
