package journal

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
)

// A history is a source that knows all of the past, but for what it is told to
// forget.
type history struct {
	d      *daemon
	forget func(at model.Time) bool
}

func (h history) Ask(_ context.Context, a engine.Ask) evaluator.Answer {
	if h.forget != nil && h.forget(a.At) {
		return evaluator.Answer{Outcome: evaluator.Unavailable, Error: "down"}
	}
	return h.d.answer(a.At)
}

// compared is what is found of a daemon that lived for a while.
func compared(t *testing.T, bend func(*daemon), h history, known bool) (*Comparison, string) {
	t.Helper()
	dir := t.TempDir()
	d := newDaemon(Options{Dir: dir})
	d.paced = true
	d.value = calm
	bend(d)
	d.live(30 * time.Minute)
	d.w.Close()
	wants(t, verify(t, dir), true, true)
	if h.d == nil {
		h.d = &daemon{value: calm}
	}
	c, err := Compare(t.Context(), dir, CompareOptions{Seen: h, Lived: h, Known: func(string) bool { return known }})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	c.Write(&b)
	return c, b.String()
}

// calm is high once, for a few minutes, in one series.
func calm(series int, at model.Time) float64 {
	if after := at.Sub(start); series == 7 && after > 10*time.Minute && after < 15*time.Minute {
		return 90
	}
	return float64(series)
}

func in(at model.Time, from, until time.Duration) bool {
	return at.Sub(start) >= from && at.Sub(start) < until
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name string
		bend func(*daemon)
		h    history
		want []string
	}{
		{"what was seen is what is known", func(*daemon) {}, history{}, []string{
			"0 news more", "and 0 less", "180 answers of other rules are the same",
		}},
		{"a breach came too late", func(d *daemon) {
			d.omit = func(series int, at model.Time) bool { return series == 7 && in(at, 10*time.Minute, 15*time.Minute) }
		}, history{}, []string{
			"g/Load: 180 answers, 30 differ, 30 late samples, 30 breaches missed", "2 news more", "and 0 less",
			`+ 2023-11-14T22:23:`, `all told of {alertname="Load", i="series 7"}: new warn`, `i="series 7"}: resolved`,
		}},
		{"queries failed during the breach", func(d *daemon) {
			d.fail = func(at model.Time) bool { return in(at, 9*time.Minute, 16*time.Minute) }
		}, history{}, []string{"42 failed then", "then failed: connection refused, now 50 series", "2 news more"}},
		{"what was seen is gone", func(d *daemon) {
			d.value = func(series int, at model.Time) float64 {
				if series == 9 && in(at, 20*time.Minute, 22*time.Minute) {
					return 95
				}
				return calm(series, at)
			}
		}, history{}, []string{"samples changed", "then {i=\"series 9\"} 95, now 9", "0 news more", "and 2 less"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, text := compared(t, c.bend, c.h, true)
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
		})
	}
}

// TestCompareKnowsItsLimits: what can't be compared is said.
func TestCompareKnowsItsLimits(t *testing.T) {
	c, text := compared(t, func(*daemon) {}, history{forget: func(at model.Time) bool { return in(at, 0, time.Minute) }}, true)
	if len(c.Errors) != 1 || !strings.Contains(text, `not compared: source "a": down`) {
		t.Errorf("%q\n%s", c.Errors, text)
	}
	c, text = compared(t, func(*daemon) {}, history{}, false)
	if c.Unknown != 180 || !strings.Contains(text, "without a URL") {
		t.Errorf("%d\n%s", c.Unknown, text)
	}
}
