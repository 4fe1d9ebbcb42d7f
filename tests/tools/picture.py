# Copyright: (c) 2026, cloudops.console maintainers
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make picture``: run the demo, and keep the top of its report as the picture in the README.

The picture shows the ledger where the guides have it, not the folder of this checkout. It needs Chromium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

from tests.tools.collection import BUILD
from tests.tools.environment import ROOT

PICTURE = ROOT / "docs" / "images" / "report.png"
FOLDER = BUILD / "picture"
SIZE = "1280,520"


def main() -> int:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print("Install Chromium (Debian: chromium), then run make picture again.", file=sys.stderr)
        return 1
    subprocess.run([sys.executable, "-m", "tests.demo", "--folder", str(FOLDER)], cwd=ROOT, check=True)
    # The demo rotates twice, so its first report is the one with something to see
    report = min((FOLDER / "reports").glob("vnc-rotation-*.html"))
    page = report.with_name("picture.html")
    page.write_text(report.read_text(encoding="utf-8").replace(str(FOLDER), "/srv/console"), encoding="utf-8")
    quiet = ["--headless", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={FOLDER / 'browser'}"]
    unsandboxed = ["--no-sandbox"] if sys.platform == "linux" else []
    taken = [f"--window-size={SIZE}", f"--screenshot={PICTURE}", page.as_uri()]
    subprocess.run([browser, *quiet, *unsandboxed, *taken], check=True, stderr=subprocess.DEVNULL)
    print(PICTURE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
