package past

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"pgregory.net/rapid"

	"tocsin/backtest"
	"tocsin/rules"
)

// drawn are episodes, one a line: a letter for the series, and # where it fires.
func drawn(lines string) *backtest.RuleResult {
	rr := &backtest.RuleResult{Rule: &rules.Rule{Alert: "A", Expr: "x"}}
	for _, line := range strings.Fields(lines) {
		series, cells, _ := strings.Cut(line, ":")
		for i := 0; i < len(cells); {
			n := i
			for n < len(cells) && cells[n] == '#' {
				n++
			}
			if n > i {
				e := &backtest.Episode{Series: labels.FromStrings("s", series), Start: minutes(i), End: minutes(n)}
				e.Spans = []backtest.Span{{Level: rules.Warn, From: e.Start, Until: e.End}}
				rr.Episodes = append(rr.Episodes, e)
			}
			i = max(n, i+1)
		}
	}
	return rr
}

func minutes(n int) model.Time { return model.Time(time.Duration(n) * time.Minute / time.Millisecond) }

func TestWhatBecomesOfIncidents(t *testing.T) {
	for _, c := range []struct {
		why, was, is             string
		fresh, gone, moved, kept int
	}{
		{"as it was", "a:..##..", "a:..##..", 0, 0, 0, 1},
		{"later and longer is moved", "a:..##..", "a:...##.", 0, 0, 1, 0},
		{"next to one another is not the same", "a:..##....", "a:....##..", 1, 1, 0, 0},
		{"another series is another incident", "a:..##..", "b:..##..", 1, 1, 0, 0},
		{"several become one", "a:#.#.#...", "a:#####...", 0, 0, 1, 0},
		{"one becomes several", "a:#####...", "a:#.#.#...", 0, 0, 3, 0},
		{"one of two is gone", "a:#..#", "a:#...", 0, 1, 0, 1},
		{"nothing was", "a:....", "a:.##. b:#...", 2, 0, 0, 0},
		{"nothing is", "a:.##. b:#...", "a:....", 0, 2, 0, 0},
		{"a long one covers short ones far apart", "a:#########", "a:#.......#", 0, 0, 2, 0},
	} {
		got := compare(backtest.RuleDifference{Was: drawn(c.was), Is: drawn(c.is)})
		if len(got.fresh) != c.fresh || len(got.gone) != c.gone || len(got.moved) != c.moved || got.kept != c.kept {
			t.Errorf("%s: %d new, %d gone, %d moved, %d kept", c.why, len(got.fresh), len(got.gone), len(got.moved), got.kept)
		}
	}
}

// An expression that is another one has other series: the time must do.
func TestIncidentsOfAnotherExpression(t *testing.T) {
	was, is := drawn("a:..##.. b:......##"), drawn("c:...#....")
	is.Rule.Expr = "y"
	got := compare(backtest.RuleDifference{Was: was, Is: is})
	if len(got.fresh) != 0 || len(got.gone) != 1 || len(got.moved) != 1 {
		t.Errorf("%+v", got)
	}
}

// What goes on overlaps all that comes later.
func TestIncidentThatGoesOn(t *testing.T) {
	was, is := drawn("a:.#......"), drawn("a:.....#..")
	was.Episodes[0].End = 0
	if got := compare(backtest.RuleDifference{Was: was, Is: is}); len(got.moved) != 1 || len(got.gone) != 0 {
		t.Errorf("%+v", got)
	}
}

// Each episode is accounted for once on its side, as a dumb comparison of each with
// each finds it.
func TestIncidentsAgainstOracle(t *testing.T) {
	line := rapid.StringOfN(rapid.RuneFrom([]rune("##...")), 12, 12, 12)
	rapid.Check(t, func(t *rapid.T) {
		was := drawn("a:" + line.Draw(t, "was a") + " b:" + line.Draw(t, "was b"))
		is := drawn("a:" + line.Draw(t, "is a") + " b:" + line.Draw(t, "is b"))
		got := compare(backtest.RuleDifference{Was: was, Is: is})
		meets := func(e *backtest.Episode, all []*backtest.Episode) bool {
			for _, o := range all {
				if labels.Equal(o.Series, e.Series) && o.Start < e.End && o.End > e.Start {
					return true
				}
			}
			return false
		}
		fresh, gone := 0, 0
		for _, e := range is.Episodes {
			if !meets(e, was.Episodes) {
				fresh++
			}
		}
		for _, e := range was.Episodes {
			if !meets(e, is.Episodes) {
				gone++
			}
		}
		if len(got.fresh) != fresh || len(got.gone) != gone || fresh+len(got.moved)+got.kept != len(is.Episodes) {
			t.Fatalf("%d and %d, want %d new and %d gone; %d moved, %d kept of %d", len(got.fresh), len(got.gone), fresh, gone, len(got.moved), got.kept, len(is.Episodes))
		}
	})
}
