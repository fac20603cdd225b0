package e2e

import (
	"fmt"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"tocsin/e2e/eventually"
	"tocsin/e2e/hook"
)

// TestExplain: a person asks why a message came late, and reads of the attempt that
// failed, the value against its thresholds, and the end.
func TestExplain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(`load{i="a"}`, 75)
	w.hook.Answer(func(n int, _ hook.Post) hook.Reply {
		if n == 0 {
			return hook.Reply{Status: http.StatusServiceUnavailable}
		}
		return hook.Reply{}
	})
	home := w.home(t, setup{}, loadRules(70, 90))
	home.Start()
	w.expect(t, 0, "HighLoad a warn")

	ask := func(want ...string) {
		t.Helper()
		eventually.Nil(t, patience, func() error {
			cmd := exec.CommandContext(t.Context(), binary, "explain", "HighLoad", "--url="+home.URL)
			out, err := cmd.CombinedOutput()
			if err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
			for _, line := range want {
				if !regexp.MustCompile(line).Match(out) {
					return fmt.Errorf("no %q in\n%s", line, out)
				}
			}
			return nil
		})
	}
	ask(
		`HighLoad i=a`, `WARN since .* \(breached\)`, `value 75, observed`, `warn above 70: firing`, `error above 90: not reached`,
		`raised from ok to warn, 75 > 70`, `attempt 1 refused .*503`, `delivered .*, attempt 2`,
	)
	w.set(`load{i="a"}`, 10)
	w.expect(t, 1, "HighLoad a resolved")
	ask(`resolved, was warn, 10 \(threshold 70\)`)
	if page, err := home.Get("/api/tocsin/v1/explain?alert=HighLoad"); err != nil || !strings.Contains(page, `"name":"HighLoad"`) {
		t.Errorf("%v: %s", err, page)
	}
}
