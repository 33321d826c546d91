"""Asks whether what is locked has known vulnerabilities (OSV). `--if-reachable`: where nobody answers, say so and pass.

Exit codes: 0 none is known, or nobody answered and that was allowed; 1 some are known; 2 nothing was checked.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = ("runtime", "s3", "dev")
#: Seconds for one answer, and for all.
ONE, ALL = 5, 180


def audit(program: str) -> tuple[int, str]:
    """Return the exit code and what to say."""
    files = [part for name in FILES for part in ("-r", str(ROOT / "requirements" / f"{name}.txt"))]
    asked = [program, *files, "--disable-pip", "--vulnerability-service", "osv", "--format", "json"]
    try:
        done = subprocess.run(
            [*asked, "--timeout", str(ONE), "--progress-spinner", "off"], capture_output=True, text=True, timeout=ALL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return 2, f"NOT CHECKED: {type(error).__name__}"
    return judged(done.stdout, done.stderr)


def judged(out: str, errors: str) -> tuple[int, str]:
    """Return the exit code and what to say of what the program said; silence is no answer."""
    try:
        packages = json.loads(out)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (errors.strip().splitlines() or ["no answer"])[-1]
        return 2, f"NOT CHECKED: {last[:300]}"
    skipped = sorted(package["name"] for package in packages if "skip_reason" in package)
    if skipped or not packages:
        return 2, f"NOT CHECKED: {', '.join(skipped) or 'nothing was asked for'}"
    known = [(package, found) for package in packages for found in package["vulns"]]
    if not known:
        return 0, f"No vulnerability is known of {len(packages)} locked packages."
    lines = [
        f"{package['name']} {package['version']}: {found['id']}, mended in {', '.join(found['fix_versions']) or 'none'}"
        for package, found in known
    ]
    return 1, "\n".join(["KNOWN VULNERABILITIES", *lines])


def main() -> None:
    """Ask, say what came of it, and end with its code."""
    options = [option for option in sys.argv[1:] if option != "--if-reachable"]
    code, said = audit(*options)
    if code == 2 and "--if-reachable" in sys.argv:
        sys.stdout.write(f"Known vulnerabilities: {said}\n  Run `make audit` where the data can be reached.\n")
        return
    sys.stdout.write(said + "\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
