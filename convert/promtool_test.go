package convert_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"tocsin/evaluator"
	"tocsin/rules"
)

// TestOriginalAgreesWithPromtool closes the circle: converted rules agree with the
// originals here (TestConvertedAgreesWithOriginal), and the originals here with
// those in Prometheus. promtool is told what fires in each minute of made-up
// histories, and finds it so.
func TestOriginalAgreesWithPromtool(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatalf("%v: `make tools` installs it", err)
	}
	fired := 0
	for seed := range 12 {
		dir := t.TempDir()
		text := strings.NewReplacer(
			"for: 2 of 3", "for: 3m", // votes are ours alone
			"max_over_time(m[3m])", "abs(m)", // the ends of a range are another matter since version 3
			"        annotations: {summary: 'it is {{ $value }}'}\n", "", // there it moves with the value
		).Replace(rapid.Custom(drawFile).Example(seed))
		w := rapid.Custom(func(t *rapid.T) *world { return drawWorld(t, false) }).Example(seed)
		clear(w.fails)
		w.ends = nil
		var test bytes.Buffer
		fired += w.unitTest(t, &test, text)
		for name, text := range map[string]string{"r.yaml": text, "t.yaml": test.String()} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), promtool, "test", "rules", "t.yaml")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("seed %d: %v: %.3000s\n%s\n%s", seed, err, out, text, w)
		}
	}
	if fired < 100 {
		t.Errorf("%d alerts in all minutes: the test tests too little", fired)
	}
}

// unitTest writes a test for promtool that holds what the rules fire, minute by
// minute. It returns how many alerts it names.
func (w *world) unitTest(t *testing.T, out *bytes.Buffer, text string) (n int) {
	out.WriteString("rule_files: [r.yaml]\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n")
	for _, name := range slices.Sorted(maps.Keys(w.values)) {
		fmt.Fprintf(out, "      - {series: '%s', values: '%s'}\n", name, notation(w.values[name]))
	}
	out.WriteString("    alert_rule_test:\n")
	names := map[string]bool{}
	for _, r := range load(t, []byte(text)) {
		names[r.Alert] = true
	}
	changes := w.live(t, []byte(text))
	for minute := range w.minutes() {
		for _, name := range slices.Sorted(maps.Keys(names)) {
			fmt.Fprintf(out, "      - {eval_time: %dm, alertname: %s, exp_alerts: [", minute, name)
			for _, a := range firing(changes, name, w, minute) {
				n++
				fmt.Fprintf(out, "%s, ", a)
			}
			out.WriteString("]}\n")
		}
	}
	return n
}

// firing are the alerts of a name that fire in a minute, as promtool wants them.
func firing(changes []evaluator.Change, name string, w *world, minute int) (all []string) {
	last := map[string]*evaluator.Alert{}
	for _, c := range changes {
		if c.At < w.at(minute).Add(time.Minute) && c.Alert.Name == name {
			last[c.Alert.Rule+"\x00"+c.Alert.Instance] = c.Alert
		}
	}
	for _, key := range slices.Sorted(maps.Keys(last)) {
		a := last[key]
		if a.Level == rules.OK {
			continue
		}
		ls := labels.NewBuilder(a.Labels).Del("alertname").Labels()
		all = append(all, fmt.Sprintf("{exp_labels: %s}", flowMap(ls)))
	}
	return all
}

func flowMap(ls labels.Labels) string {
	var b strings.Builder
	ls.Range(func(l labels.Label) { fmt.Fprintf(&b, "%s: '%s', ", l.Name, l.Value) })
	return "{" + b.String() + "}"
}

// notation writes values as promtool reads them.
func notation(values []float64) string {
	var all []string
	for _, v := range values {
		if v == gone() {
			all = append(all, "stale")
		} else {
			all = append(all, fmt.Sprint(v))
		}
	}
	return strings.Join(all, " ")
}
