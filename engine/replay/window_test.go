package replay

import (
	"fmt"
	"testing"
	"time"

	"tocsin/rules"
)

func TestWindow(t *testing.T) {
	minute := func(l rules.LevelRule) *rules.Rule {
		return &rules.Rule{Interval: time.Minute, Levels: rules.Levels{Warn: &l}}
	}
	overridden := minute(rules.LevelRule{For: time.Minute})
	overridden.Overrides = []rules.Override{{Levels: rules.Levels{Error: &rules.LevelRule{For: time.Hour}}}}
	every := func(d time.Duration) *rules.Rule {
		next := func(t time.Time) time.Time { return t.Truncate(d).Add(d) }
		if d == 0 {
			next = func(time.Time) time.Time { return time.Time{} }
		}
		return &rules.Rule{Schedule: &rules.Schedule{Next: next}}
	}
	tests := []struct {
		name  string
		rules []*rules.Rule
		want  time.Duration
	}{
		{"a schedule by its last two instants", []*rules.Rule{every(5 * time.Minute)}, 16 * time.Minute},
		{"a day and an hour for a daily schedule", []*rules.Rule{every(24 * time.Hour)}, 25 * time.Hour},
		{"no longer for one without instants", []*rules.Rule{every(0)}, 25 * time.Hour},
		{"no rules need no past", nil, 0},
		{"two instants for a rule without timers", []*rules.Rule{minute(rules.LevelRule{})}, 2 * time.Minute},
		{"for and keep_firing_for one after the other", []*rules.Rule{minute(rules.LevelRule{For: 5 * time.Minute, KeepFiringFor: 10 * time.Minute})}, 17 * time.Minute},
		{"votes by the interval", []*rules.Rule{minute(rules.LevelRule{Votes: rules.Votes{Need: 3, Of: 5}})}, 7 * time.Minute},
		{"overrides too", []*rules.Rule{overridden}, 62 * time.Minute},
		{"the longest of all", []*rules.Rule{minute(rules.LevelRule{}), overridden}, 62 * time.Minute},
	}
	for i, tt := range tests {
		t.Run(fmt.Sprint(i, " ", tt.name), func(t *testing.T) {
			if got := Window(&rules.Config{Rules: tt.rules}, 1_800_000_000_000); got != tt.want {
				t.Errorf("window %s, want %s", got, tt.want)
			}
		})
	}
}
