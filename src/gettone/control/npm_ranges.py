"""Whether npm may install what a build names: packages of a registry alone, by version, range, tag or alias.

npm's own modules judge, so that nothing reads otherwise to npm than it was judged. Must not know how npm installs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gettone.control.workbench import Bench
from gettone.model.builds import Dependency
from gettone.model.errors import PlatformError

RANGE_CHARACTERS_MAX = 256

# npm's folder, and the file of what is asked, are its arguments. `registry` is true of ranges, versions, tags and
# aliases alone: not of git, files, folders and addresses.
_JUDGE = """
const [folder, asked] = process.argv.slice(1);
const parse = require(`${folder}/node_modules/npm-package-arg`);
const refused = {};
for (const [name, range] of JSON.parse(require('fs').readFileSync(asked, 'utf8'))) {
  try {
    const { registry, type } = parse.resolve(name, range);
    if (registry !== true) refused[name] = `${type} dependencies are not installed`;
  } catch (error) {
    refused[name] = String(error.message);
  }
}
const { platform, arch, versions } = process;
console.log(JSON.stringify({ refused, system: `${platform}-${arch}`, abi: versions.modules }));
"""


@dataclass(frozen=True, slots=True)
class NodeBuild:
    """What compiled packages depend on: `linux-x64`, and the number of Node's binary interface."""

    system: str
    abi: str


async def judge(bench: Bench, node: Path, npm: Path, dependencies: Sequence[Dependency]) -> NodeBuild:
    """Ask npm's modules about dependencies, and this Node about itself.

    Raises PlatformError `invalid` for a name or range that is none, or that is no registry's.
    """
    for each in dependencies:
        if len(each.version) > RANGE_CHARACTERS_MAX:
            raise invalid(f"The version of {each.name[:100]} is too long: write a range such as ^1.2.0")
    asked = bench.write("asked.json", json.dumps([[each.name, each.version] for each in dependencies]))
    lines: list[str] = []
    code = await bench.run([str(node), "-e", _JUDGE, str(npm), str(asked)], {}, lines.append)
    if code != 0 or not lines:
        raise PlatformError("internal", "npm's modules could not be asked about dependencies", printed=lines[:20])
    said = json.loads("".join(lines))
    for name, why in said["refused"].items():
        raise invalid(f"{name}: {why}. Name versions, ranges or tags of packages in a registry", dependency=name)
    return NodeBuild(said["system"], said["abi"])


def invalid(why: str, **evidence: object) -> PlatformError:
    """The refusal of a build's dependencies, in Twilio's words and then ours."""
    return PlatformError("invalid", f"Some dependencies could not be validated. {why}", **evidence)
