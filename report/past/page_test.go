package past_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tocsin/backtest"
	"tocsin/e2e/browser"
	"tocsin/report/past"
)

// A real browser shows the page as it is meant, by its own policy and without
// script: with its style, nothing wider than the screen of a phone or of a desk, and
// no word of a chart off the page.
func TestPageInBrowser(t *testing.T) {
	pages := map[string]string{
		"week":    writtenDifference(t, "html", compared(t), past.Options{Zone: berlin(t)}),
		"hostile": written(t, "html", hostile(), past.Options{}),
		"storm":   writtenDifference(t, "html", backtest.Subtract(made(), storm(300)), past.Options{}),
		"empty":   written(t, "html", made(), past.Options{}),
	}
	dir := t.TempDir()
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(dir, name+".html"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name := range pages {
		p := browser.OpenPlain(t, "file://"+filepath.Join(dir, name+".html"))
		for _, width := range []int64{1200, 360} {
			p.Resize(width, 800)
			said, err := browser.Look[string](p, fmt.Sprintf(inspect, width))
			if err != nil || said != "" {
				t.Errorf("%s at %d pixels: %s %v", name, width, said, err)
			}
		}
		if all := p.Errors(); len(all) > 0 {
			t.Errorf("%s: %q", name, all)
		}
	}
}

// inspect says what is wrong with the page.
const inspect = `(() => {
  const wrong = [];
  if (innerWidth !== %d) wrong.push("the screen is " + innerWidth);
  if (document.documentElement.scrollWidth > innerWidth) wrong.push("the page is " + document.documentElement.scrollWidth + " wide");
  if (getComputedStyle(document.querySelector(".tiles")).display !== "grid") wrong.push("the style is not in force");
  for (const s of document.querySelectorAll("svg.chart, svg.day")) {
    const box = s.getBoundingClientRect();
    for (const x of s.querySelectorAll("text")) {
      const b = x.getBoundingClientRect();
      if (b.left < box.left - 2 || b.right > box.right + 2) wrong.push("a word leaves its chart: " + x.textContent.slice(0, 80));
    }
  }
  return [...new Set(wrong)].slice(0, 5).join("; ");
})()`
