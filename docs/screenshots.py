#!/usr/bin/env python3
"""Takes the pictures in docs/images: the terminal and the report, of the demo's organisations in the simulator.

usage: python3 docs/screenshots.py [OUT_DIR]

Needs a Rust toolchain (or the program in the variable ORDAIN), Chromium and its driver (Debian: chromium, chromium-driver),
and Python's standard library. Asks nobody but the simulator and the browser, both on loopback.
"""
import base64
import html
import http.client
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = 98
# How a terminal shows what `--color always` writes; the text colours have a contrast of 4.5 and more.
STYLES = {"1": "font-weight:700", "2": "color:#9ea7b0", "31": "color:#ff9a93", "32": "color:#7ee787", "33": "color:#e3b341"}
TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; background: #0d1117; color: #e6edf3; width: max-content; min-width: 100%; }
pre { margin: 0; padding: 14px 18px 16px; font: 13px/1.4 "DejaVu Sans Mono", ui-monospace, monospace; width: 98ch; }
b { color: #79c0ff; } i { color: #9ea7b0; font-style: normal; }
</style><pre>"""


def program():
    """The program: the one in ORDAIN, else built from this checkout."""
    if os.environ.get("ORDAIN"):
        return os.environ["ORDAIN"]
    told = subprocess.run(
        ["cargo", "build", "--locked", "--message-format=json"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    built = (json.loads(line) for line in told.splitlines())
    return [one["executable"] for one in built if one.get("executable")][-1]


def painted(text):
    """The text of a terminal as HTML: its colours become spans."""
    out, is_open = [], False
    for part in re.split(r"(\x1b\[[\d;]*m)", text):
        if not part.startswith("\x1b"):
            out.append(html.escape(part))
            continue
        styles = [STYLES[code] for code in part[2:-1].split(";") if code in STYLES]
        out.append("</span>" if is_open else "")
        is_open = bool(styles)
        out.append(f'<span style="{";".join(styles)}">' if styles else "")
    return "".join(out) + ("</span>" if is_open else "")


def screen(command, output, code, first, last):
    """A terminal with a command and its output: the first lines and the last; what is between is said to be left out."""
    lines = output.rstrip("\n").split("\n")
    left = len(lines) - first - last
    told = [painted(line) for line in (lines if left <= 0 else lines[:first])]
    if left > 0:
        told += ["", f"<i>… {left} lines are left out of this picture …</i>", ""]
        told += [painted(line) for line in lines[len(lines) - last:]]
    exit_code = f"\n<i>$ echo $?\n{code}</i>" if code else ""
    return f"{TERMINAL}<b>$ {html.escape(command)}</b>\n" + "\n".join(told) + exit_code + "</pre>"


class Browser:
    """Chromium through its driver, as far as pictures need it."""

    def __init__(self):
        chromium = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
        driver = shutil.which("chromedriver")
        if not chromium or not driver:
            sys.exit("chromium and chromedriver are needed (Debian: apt-get install chromium chromium-driver)")
        self.driver = subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, text=True)
        self.port = next(int(found[1]) for found in (re.search(r"on port (\d+)\.", line) for line in self.driver.stdout) if found)
        args = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars", "--disable-gpu"]
        options = {"goog:chromeOptions": {"binary": chromium, "args": args}}
        self.session = ""
        self.session = "/session/" + self.ask("POST", "/session", {"capabilities": {"alwaysMatch": options}})["sessionId"]

    def ask(self, method, path, body=None):
        """One request to the driver."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request(method, self.session + path, json.dumps(body) if body is not None else None)
        value = json.loads(connection.getresponse().read())["value"]
        if isinstance(value, dict) and value.get("error"):
            raise RuntimeError(value["message"])
        return value

    def devtools(self, command, **params):
        """A command of Chromium's own protocol."""
        return self.ask("POST", "/goog/cdp/execute", {"cmd": command, "params": params})

    def js(self, script):
        """What a function body of JavaScript returns."""
        return self.ask("POST", "/execute/sync", {"script": script, "args": []})

    def picture(self, page, file, width, height=None, dark=False, script=""):
        """A picture of a page of this width; as high as the page if nothing else is said."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.devtools("Emulation.setEmulatedMedia", features=scheme)
        view = {"width": width, "deviceScaleFactor": 1, "mobile": False}
        self.devtools("Emulation.setDeviceMetricsOverride", height=height or 600, **view)
        self.ask("POST", "/url", {"url": page.as_uri()})
        self.js(script)
        if not height:
            box = self.js("const one = document.querySelector('pre').getBoundingClientRect(); return [one.width, one.height]")
            view["width"], height = int(box[0] + 0.99), int(box[1] + 0.99)
            self.devtools("Emulation.setDeviceMetricsOverride", height=height, **view)
        shot = base64.b64decode(self.devtools("Page.captureScreenshot", format="png")["data"])
        file.write_bytes(shot)
        print(f"{file}: {view['width']}×{height}, {len(shot) // 1000} kB")

    def close(self):
        """Ends the browser and its driver."""
        try:
            self.ask("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()


class Story:
    """The demo's policy and organisations, served by the simulator."""

    def __init__(self, ordain, folder):
        self.ordain, self.folder = ordain, folder
        self.env = {"PATH": os.environ["PATH"], "COLUMNS": str(COLUMNS), "GITHUB_TOKEN": "demo", "ORDAIN_CLOCK_FACTOR": "1000"}
        subprocess.run([ordain, "demo", "--keep", folder], check=True, stdout=subprocess.DEVNULL, env=self.env)
        self.sim = subprocess.Popen(
            [ordain, "sim", "--state", "state.json", "--port", "0"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.api = next(found[0] for found in (re.search(r"http://127\.0\.0\.1:\d+", line) for line in self.sim.stdout) if found)
        self.env["GITHUB_API_URL"] = self.api

    def run(self, *args):
        """Runs the program; gives its output and its exit code."""
        done = subprocess.run([self.ordain, *args], cwd=self.folder, env=self.env, stdout=subprocess.PIPE, text=True)
        return done.stdout, done.returncode

    def meddle(self):
        """Somebody switches push protection off, behind the policy's back."""
        body = {"security_and_analysis": {"secret_scanning_push_protection": {"status": "disabled"}}}
        request = urllib.request.Request(
            self.api + "/repos/expressjs/express", json.dumps(body).encode(), {"Authorization": "Bearer demo"}, method="PATCH"
        )
        urllib.request.urlopen(request).close()

    def close(self):
        """Ends the simulator."""
        self.sim.terminate()
        self.sim.wait()


def take(story, browser, pages, out):
    """All pictures, in the order of the story."""

    def terminal(name, args, first=200, last=0):
        output, code = story.run("--color", "always", *args)
        page = pages / f"{name}.html"
        page.write_text(screen("ordain " + shlex.join(args), output, code, first, last), encoding="utf-8")
        browser.picture(page, out / f"{name}.png", 900)

    terminal("plan", ["plan", "--repo", "pillarjs/*"], 30, 14)
    terminal("explain", ["explain", "expressjs/codemod", "private_vulnerability_reporting"])
    report = pages / "report.html"
    report.write_text(story.run("plan", "--format", "html")[0], encoding="utf-8")
    browser.picture(report, out / "report.png", 1240, 1080)
    browser.picture(report, out / "report-phone.png", 390, 844, script="document.getElementById('legend').scrollIntoView()")
    why = (
        "document.getElementById('legend').scrollIntoView();"
        "const row = Array.from(document.querySelectorAll('#matrix tr')).find(one => one.cells[0].textContent === 'codemod');"
        "row.querySelectorAll('a.blocked')[1].click();"
    )
    browser.picture(report, out / "report-why-dark.png", 1240, 760, dark=True, script=why)
    terminal("apply", ["apply", "--yes", "--quiet"], 22, 12)
    story.meddle()
    terminal("drift", ["drift", "--setting", "secret_scanning"])


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder) / "pages"
        pages.mkdir()
        story = Story(program(), str(Path(folder) / "demo"))
        try:
            browser = Browser()
            try:
                take(story, browser, pages, out)
            finally:
                browser.close()
        finally:
            story.close()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]) if len(sys.argv) == 2 else ROOT / "docs" / "images")
