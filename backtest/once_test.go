package backtest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/engine/replay"
	"tocsin/evaluator"
	"tocsin/rules"
)

// A rising is a past in which one series has been high since an instant.
type rising struct{ since model.Time }

func (rising) Ask(context.Context, engine.Ask) evaluator.Answer { return evaluator.Answer{} }

func (r rising) Range(_ context.Context, a engine.RangeAsk) (engine.Matrix, error) {
	p := engine.Points{Raw: ""}
	for t := a.From; t <= a.Until; t = t.Add(a.Step) {
		v := 10.0
		if t >= r.since {
			v = 90
		}
		p.Times, p.Values = append(p.Times, t), append(p.Values, v)
	}
	parse := func(string) (labels.Labels, error) { return labels.EmptyLabels(), nil }
	return engine.Matrix{Series: []engine.Points{p}, Parse: parse}, nil
}

// What `run --once` does: fill the timers from the past as far as Window says,
// and look at what stands now.
func TestTimersAreFilledFromThePast(t *testing.T) {
	const now = model.Time(1_800_000_000_000)
	tests := []struct {
		name  string
		since time.Duration
		level rules.LevelRule
		want  []string
	}{
		{"a breach that is older than its timer fires", 6 * time.Minute, rules.LevelRule{For: 5 * time.Minute}, []string{"A warn"}},
		{"a breach that is younger is pending", 4 * time.Minute, rules.LevelRule{For: 5 * time.Minute}, nil},
		{"votes are counted from the past", 3 * time.Minute, rules.LevelRule{Votes: rules.Votes{Need: 3, Of: 5}}, []string{"A warn"}},
		{"too few votes are pending", 90 * time.Second, rules.LevelRule{Votes: rules.Votes{Need: 3, Of: 5}}, nil},
		{"without a timer the last instant decides", time.Minute, rules.LevelRule{}, []string{"A warn"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.level.Threshold = rules.Threshold{Side: rules.Above, High: 70, ClearHigh: 70}
			cfg := oneRule(&tt.level)
			core := engine.New("once")
			start := now.Add(-replay.Window(cfg, now))
			pages := NewPages(PagesOptions{
				Sources: map[string]Past{"p": rising{now.Add(-tt.since)}}, Rules: cfg.Rules, Until: now, Lenient: true,
			})
			ctx, end := pages.Open(t.Context())
			defer end()
			err := replay.Run(ctx, replay.Options{
				Core: core, Start: start, End: now + 2,
				Inputs:  []replay.Scheduled{{At: start, Input: engine.Reloaded{Config: cfg}}},
				Sources: map[string]engine.Source{"p": pages},
			})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			core.Alerts(func(a evaluator.Alert) { got = append(got, fmt.Sprint(a.Name, " ", a.Level)) })
			if !slices.Equal(got, tt.want) {
				t.Errorf("stands: %q, want %q", got, tt.want)
			}
		})
	}
}

func oneRule(level *rules.LevelRule) *rules.Config {
	return &rules.Config{
		Rules: []*rules.Rule{{
			Key: "g/a", Revision: "1", Alert: "A", Group: "g", PhaseKey: "g", Source: "p", Expr: "x",
			Interval: time.Minute, Levels: rules.Levels{Warn: level},
		}},
		Route:     &rules.Route{ID: "{}", Receiver: "team", GroupWait: time.Second, GroupInterval: time.Minute},
		Receivers: []rules.Receiver{{Name: "team"}},
		Sources:   []rules.Source{{Name: "p", Timeout: time.Second, DownAfter: time.Minute, Concurrency: 1}},
		Limits:    rules.Limits{SeriesPerRule: 10, ActiveAlerts: 10},
	}
}
