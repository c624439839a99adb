"""Writes the licences of everything that is built into Hark.

    notices.py FILE

Which packages those are is cargo's answer for the machine at hand; what each says of its licence is read from its own
source, as cargo has fetched it. A package without a file of its own is named with its licence's name, whose text stands
at least once below those that have it. Equal texts are written once, with the names of all whose they are.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
FILES = re.compile(r"^(licen[cs]e|copying|copyright|notice|unlicense|ofl|ufl)", re.IGNORECASE)


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def built_in():
    """Packages that are part of the program: no tests' helpers, and nothing that only runs while it is built."""
    host = re.search(r"^host: (.*)$", subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout,
                     re.MULTILINE).group(1)
    found = json.loads(cargo("metadata", "--format-version", "1", "--locked", "--filter-platform", host))
    packages = {package["id"]: package for package in found["packages"]}
    needs = {
        node["id"]: [dep["pkg"] for dep in node["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
        for node in found["resolve"]["nodes"]
    }
    start = next(id for id, package in packages.items() if package["name"] == "hark")
    seen, rest = set(), [start]
    while rest:
        at = rest.pop()
        if at not in seen:
            seen.add(at)
            rest += [need for need in needs[at] if not is_macro(packages[need])]
    others = [packages[id] for id in seen if packages[id]["source"]]
    return sorted(others, key=lambda package: (package["name"], package["version"]))


def is_macro(package):
    return any("proc-macro" in target["kind"] for target in package["targets"])


def texts(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    files = [path for path in folder.rglob("*") if FILES.match(path.name) and path.is_file()
             and path.suffix.lower() in ("", ".md", ".txt", ".apache", ".mit")]
    return [path.read_text(errors="replace").strip().replace("\r\n", "\n") for path in sorted(files)]


def main(file):
    packages = built_in()
    owners = {}
    for package in packages:
        for text in texts(package):
            owners.setdefault(" ".join(text.split()), (text, []))[1].append(f"{package['name']} {package['version']}")
    lines = ["Hark is built from these packages, each under its own licence.", ""]
    for package in packages:
        where = package.get("repository") or ""
        lines.append(f"{package['name']} {package['version']}: {package['license'] or 'see its text'} {where}".rstrip())
    for text, names in sorted(owners.values(), key=lambda owned: -len(owned[1])):
        lines += ["", "=" * 80, ", ".join(dict.fromkeys(names)), "-" * 80, text]
    pathlib.Path(file).write_text("\n".join(lines) + "\n")
    print(f"{len(packages)} packages, {len(owners)} texts")


if __name__ == "__main__":
    main(*sys.argv[1:])
