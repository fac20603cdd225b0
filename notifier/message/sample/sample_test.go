package sample_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/notifier/message"
	"tocsin/notifier/message/sample"
	"tocsin/rules"
)

var update = flag.Bool("update", false, "write the golden file")

// at is 22 November 2026, 14:10 UTC.
const at model.Time = 1795356600000

func scene(r *rules.Rule) sample.Scene {
	return sample.Scene{
		Rule: r, At: at, Level: rules.Warn, Marks: []string{sample.TestMark},
		Series:   labels.FromStrings("instance", "a", "job", "api"),
		Severity: rules.SeverityLabels{Warn: "warning", Error: "critical"},
		External: labels.FromStrings("cluster", "eu1", "job", "not this one"),
	}
}

// The file holds what each kind says.
func TestSamples(t *testing.T) {
	r, err := message.New(message.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, k := range sample.Kinds() {
		m, missing := r.Render(scene(sample.TestRule()).Delivery(k, rules.Integration{Key: "webhook:1", Kind: "webhook", Receiver: "ops"}), 0, nil)
		if len(missing) > 0 || len(m.Errors) > 0 {
			t.Errorf("%s: %v, %v", k, missing, m.Errors)
		}
		b.WriteString("-- " + k.String() + " " + m.ID + " --\n" + m.Plain())
	}
	const name = "testdata/samples.txt"
	if *update {
		if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("want - got +\n%s", diff)
	}
}

// Whatever the threshold, what fires is beyond it and what is over is well.
func TestValues(t *testing.T) {
	for _, c := range []struct {
		why string
		t   rules.Threshold
	}{
		{"above", rules.Threshold{Side: rules.Above, High: 5, ClearHigh: 4}},
		{"above nothing", rules.Threshold{Side: rules.Above}},
		{"below", rules.Threshold{Side: rules.Below, Low: 5, ClearLow: 6}},
		{"below less than nothing", rules.Threshold{Side: rules.Below, Low: -5, ClearLow: -4}},
		{"outside", rules.Threshold{Side: rules.Outside, Low: -1, High: 1, ClearLow: -0.5, ClearHigh: 0.5}},
	} {
		r := &rules.Rule{Alert: "A", Levels: rules.Levels{Warn: &rules.LevelRule{Threshold: c.t}}}
		fires := scene(r).Delivery(sample.Firing, rules.Integration{}).Firing[0].Alert
		if !c.t.Breached(float64(fires.Value)) || float64(fires.Bound) != c.t.Bound(float64(fires.Value)) {
			t.Errorf("%s: %v fires against %v", c.why, fires.Value, fires.Bound)
		}
		over := scene(r).Delivery(sample.Resolved, rules.Integration{}).Resolved[0].Alert
		if !c.t.Cleared(float64(over.Value)) || over.Level != rules.OK {
			t.Errorf("%s: %v is over", c.why, over.Value)
		}
	}
}

// A presence rule keeps its own severity, and a label's template is expanded.
func TestLabels(t *testing.T) {
	r := &rules.Rule{
		Alert: "Down", Kind: rules.PresenceRule, Levels: rules.Levels{Error: &rules.LevelRule{}},
		Labels: []rules.LabelTemplate{
			{Name: "severity", Text: "page"},
			{Name: "who", Expand: func(d rules.LabelData) (string, error) { return "on " + d.Series.Get("instance"), nil }},
		},
	}
	s := scene(r)
	s.Name = sample.TestName
	got := s.Delivery(sample.Firing, rules.Integration{}).Firing[0].Labels
	want := labels.FromStrings("alertname", "TocsinTest", "cluster", "eu1", "instance", "a", "job", "api", "severity", "page", "who", "on a")
	if !labels.Equal(got, want) {
		t.Errorf("%s", got)
	}
}

func TestParseKind(t *testing.T) {
	for _, k := range sample.Kinds() {
		if got, err := sample.ParseKind(k.String()); err != nil || got != k {
			t.Errorf("%s: %v %v", k, got, err)
		}
	}
	if _, err := sample.ParseKind("all"); err == nil {
		t.Error("all is no kind")
	}
}
