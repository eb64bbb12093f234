"""Save the figures of a page that gromov wrote as SVG files, for the documentation: each as the page's own script draws it.

python page_figures.py PAGE.html FOLDER [PREFIX]     needs Chromium and playwright
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

# On white, whatever the page: an image in the documentation does not know whether its reader's page is dark.
DRAWN = """async ([name, width, height]) => {
  const plot = [...document.querySelectorAll('.js-plotly-plot')].find((each) => each.dataset.name === name);
  const layout = {...plot.layout, paper_bgcolor: 'white', plot_bgcolor: 'white', font: {...plot.layout.font, color: '#222'}};
  const {data} = plot;
  return decodeURIComponent((await Plotly.toImage({data, layout}, {format: 'svg', width, height})).replace(/^data:image.svg.xml,/, ''));
}"""


def main(page: Path, folder: Path, prefix: str) -> None:
    browsers = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=next(filter(None, browsers), None), args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page(viewport={"width": 900, "height": 900}, color_scheme="light")
        tab.goto(page.resolve().as_uri())
        tab.wait_for_selector("html[data-figures=drawn]", state="attached")
        for name in tab.eval_on_selector_all(".js-plotly-plot", "all => all.map((each) => each.dataset.name)"):
            path = folder / f"{prefix}{name}.svg"
            path.write_text(tab.evaluate(DRAWN, [name, 640, 380]) + "\n", encoding="utf-8")
            print(path)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "")
