package engine_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

func TestTranscript(t *testing.T) {
	alert := evaluator.Alert{
		Rule: "g/a", Name: "A", Labels: labels.FromStrings("job", "api"), Level: rules.Error, Notify: rules.Error,
		Episode: "e1", Value: rules.Number(math.Inf(1)), Bound: 80, Reason: evaluator.Breached,
	}
	entry := notifier.Entry{Alert: &alert, Labels: labels.FromStrings("severity", "critical"), News: notifier.Raised, Was: rules.Warn}
	gone := notifier.Entry{Alert: &evaluator.Alert{Value: 1, Bound: 80}, News: notifier.Resolved, Was: rules.Warn}
	b := engine.Batch{
		Seq: 7, At: 1_800_000_000_123,
		Notes:   []engine.Note{{Text: "answer dropped", Args: []any{"rule", "g/a"}}},
		Changes: []evaluator.Change{{Kind: evaluator.Raise, From: rules.Warn, To: rules.Error, Alert: &alert}},
		Asks: []engine.Ask{{
			ID: 3, Source: "p", Expr: `up{a="b"}`, At: 1_800_000_000_000,
			Deadline: 1_800_000_010_123, Rules: []string{"g/a", "g/b"},
		}},
		Sends: []engine.Send{{
			Delivery: notifier.Delivery{
				ID: "d1", Attempt: 2, Integration: "w", Receiver: "team", Level: rules.Error, Reason: notifier.ReasonRaised,
				Group: notifier.Group{Key: "{}:{}"}, Marks: []string{"state was lost"},
				Firing: []notifier.Entry{entry}, Resolved: []notifier.Entry{gone},
			},
			Deadline: 1_800_000_020_123,
		}},
		Rows: []rules.Row{
			{Kind: rules.KindState, Key: "g/a\x00x", Value: map[string]int{"b": 1, "a": 2}},
			{Kind: rules.KindTold, Key: "t"},
			{Kind: rules.KindRule, Key: "r", Value: math.NaN()},
		},
	}
	want := `#7 2027-01-15T08:00:00.123Z
  note answer dropped rule=g/a
  raise A{job="api"} warn to error, +Inf of 80 (breached) in e1, told error
  ask 3 p "up{a=\"b\"}" at 2027-01-15T08:00:00.000Z until 2027-01-15T08:00:10.123Z for g/a, g/b
  send d1.2 to w of team, error (raised) about {}:{} until 2027-01-15T08:00:20.123Z
    mark state was lost
    firing raised {severity="critical"}, error was warn, +Inf of 80
    resolved resolved {}, ok was warn, 1 of 80
  row state "g/a\x00x" d3626ac30a87e6f7
  row told "t" gone
  row rule "r" unreadable: json: unsupported value: NaN
`
	if diff := cmp.Diff(want, string(engine.AppendTranscript(nil, b))); diff != "" {
		t.Errorf("transcript (-want +got):\n%s", diff)
	}
	if got := engine.AppendTranscript([]byte("x"), engine.Batch{Seq: 8, At: 1}); string(got) != "x" {
		t.Errorf("an empty batch is written as %q", got)
	}
}

// A digest of equal values is equal, and of others is not.
func TestTranscriptTellsRowsApart(t *testing.T) {
	text := func(v any) string {
		return string(engine.AppendTranscript(nil, engine.Batch{Rows: []rules.Row{{Kind: "state", Key: "k", Value: v}}}))
	}
	a := text(map[string]time.Duration{"x": 1, "y": 2})
	if b := text(map[string]time.Duration{"y": 2, "x": 1}); a != b {
		t.Errorf("equal values: %q and %q", a, b)
	}
	if b := text(map[string]time.Duration{"x": 1, "y": 3}); strings.TrimSpace(a) == strings.TrimSpace(b) {
		t.Errorf("different values are both %q", a)
	}
}
